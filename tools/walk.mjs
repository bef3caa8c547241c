// The random walk over the API's own description: as in `npm test`, but ten thousand requests from another seed each time.
// It prints the seed; WALK_SEED=<that> walks the same way again.
import { runJest } from './jest.mjs';

const walk = ['test/openapi.spec.ts', '-t', 'A random walk through the API'];
const { WALK_REQUESTS = '10000', WALK_SEED = 'random' } = process.env;
process.exit(await runJest([...walk, ...process.argv.slice(2)], { env: { WALK_REQUESTS, WALK_SEED } }));
