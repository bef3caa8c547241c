// Writes docs/errcodes.md from the table of errcodes. Needs a build.
import { writeFileSync } from 'node:fs';
import { errcodeDocument } from '../dist/apps/gateway/src/http/errcode-document.js';

writeFileSync('docs/errcodes.md', errcodeDocument());
