// Writes .env.example from the table of settings. Needs a build.
import { writeFileSync } from 'node:fs';
import { envExample } from '../dist/libs/settings/src/index.js';

writeFileSync('.env.example', envExample());
