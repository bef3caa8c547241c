// Looks at the version of Node first, and alone: an older one could not link what the gateway imports.
import '#node-version';
import { createRequire } from 'node:module';

// `import` opens all files of a package at once, which is more than a small limit of open files allows; `require` takes one
// after the other. The error would speak of a package that is not installed.
createRequire(import.meta.url)('@nestjs/swagger');

await import('./start.js');
