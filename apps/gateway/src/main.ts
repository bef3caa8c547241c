// Checks the version of Node first, in a module of its own: an older one could not link the gateway's imports.
import '#node-version';
import { createRequire } from 'node:module';

// `import` opens all files of a package at once, which a small limit of open files does not allow, and the error would say that
// a package is not installed. `require` opens one after the other.
createRequire(import.meta.url)('@nestjs/swagger');

await import('./start.js');
