import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Sandbox } from './support/sandbox.js';

const tour = readFileSync(new URL('../docs/tour.md', import.meta.url), 'utf8');
const blocks = [...tour.matchAll(/```(sh|json)\n(.*?)```/gs)].map(([, language, text = '']) => ({ language, text }));

/** The names in an object, and in the objects inside of it. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length > 0 ? [shapeOf(value[0])] : [];
  if (typeof value !== 'object' || value === null) return 'value';
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shapeOf(one)]));
}

describe('The tour', () => {
  it('works when its commands are pasted, and shows what they answer', async () => {
    const sandbox = await Sandbox.start();

    const commands = blocks.filter(({ language }) => language === 'sh').map(({ text }) => text);
    const { code, outputs, errors } = await sandbox.paste(commands);

    expect([errors, code]).toEqual(['', 0]);
    // A block of JSON shows what the block of commands before it answers.
    let ran = -1;
    const shown = blocks.flatMap(({ language, text }) => {
      if (language === 'sh') ran++;
      return language === 'json' ? [{ text, answered: outputs[ran] ?? '' }] : [];
    });
    for (const { text, answered } of shown) expect(shapeOf(JSON.parse(answered))).toEqual(shapeOf(JSON.parse(text)));
    expect(outputs).toContain('shop-17');
    expect(outputs).toContain('200 image/jpeg');
    expect(outputs.at(-2)).toMatch(/^\/cgi-bin\/message\/template\/send 1 99999$/m);
    expect(await sandbox.end()).toBe(0);
  });
});
