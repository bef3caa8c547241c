import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { databaseDocument } from './support/database-document.js';
import { freshDatabase } from './support/database.js';

const file = new URL('../docs/database.md', import.meta.url);

describe('docs/database.md', () => {
  it('is what the migrated schema says: "npm run database:document" writes it', async () => {
    const { text } = await databaseDocument(await freshDatabase());
    if (process.env.WRITE_DOCUMENT) writeFileSync(file, text);

    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('has a meaning for every table, column, trigger, function and view', async () => {
    const { unexplained } = await databaseDocument(await freshDatabase());

    expect(unexplained).toEqual([]);
  });
});
