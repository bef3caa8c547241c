// Writes docs/database.md from the schema that the migrations build, by the test that holds it.
import { runJest } from './jest.mjs';

process.exit(await runJest(['test/database-document.spec.ts'], { env: { WRITE_DOCUMENT: 'true' } }));
