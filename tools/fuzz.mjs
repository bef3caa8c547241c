// The fuzz tests: the same as in `npm test`, in their full size.
import { runJest } from './jest.mjs';

process.exit(await runJest(['\\.fuzz\\.spec', '--runInBand', ...process.argv.slice(2)], { env: { FUZZ: 'full' } }));
