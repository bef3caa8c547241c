import fc from 'fast-check';
import type { ApiDocument, Schema } from './document.js';

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const word = fc.string({
  unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'),
  maxLength: 20,
});
const time = fc
  .date({ min: new Date('2100-01-01'), max: new Date('2900-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());

/** Made once for each pattern: fast-check takes apart every letter that it allows, which costs tens of milliseconds. */
const matching = new Map<string, fc.Arbitrary<string>>();

/** Makes what a schema asks for. What only the prose asks for, it will sometimes miss: that is bad input, and welcome too. */
export class GoodInput {
  constructor(private readonly document: ApiDocument) {}

  of(given: Schema): fc.Arbitrary<Json> {
    const schema = this.document.resolved(given);
    const made = this.made(schema);
    const shown =
      schema.example === undefined ? made : fc.oneof({ weight: 2, arbitrary: made }, fc.constant(schema.example as Json));
    return schema.nullable ? fc.oneof({ weight: 5, arbitrary: shown }, fc.constant(null)) : shown;
  }

  private made(schema: Schema): fc.Arbitrary<Json> {
    if (schema.enum) return fc.constantFrom(...(schema.enum as Json[]));
    const alternatives = schema.oneOf ?? schema.anyOf;
    if (alternatives) return fc.oneof(...alternatives.map((one) => this.of(one)));
    switch (schema.type) {
      case 'string':
        return text(schema);
      case 'integer':
        return fc.integer({ min: schema.minimum ?? -1_000, max: schema.maximum ?? 1_000_000 });
      case 'number':
        return fc.double({ min: schema.minimum ?? -1e6, max: schema.maximum ?? 1e6, noNaN: true });
      case 'boolean':
        return fc.boolean();
      case 'array':
        return this.list(schema);
      default:
        return this.fields(schema);
    }
  }

  private list(schema: Schema): fc.Arbitrary<Json> {
    const item = this.of(schema.items ?? { type: 'string' });
    const lengths = {
      minLength: schema.minItems ?? 0,
      maxLength: Math.min(schema.maxItems ?? 4, Math.max(4, schema.minItems ?? 0)),
    };
    return schema.uniqueItems
      ? fc.uniqueArray(item, { ...lengths, selector: (one) => JSON.stringify(one) })
      : fc.array(item, lengths);
  }

  private fields(schema: Schema): fc.Arbitrary<Json> {
    if (!schema.properties) return fc.dictionary(word, word);
    const fields = Object.fromEntries(Object.entries(schema.properties).map(([name, field]) => [name, this.of(field)]));
    return fc.record(fields, { requiredKeys: [...(schema.required ?? [])], noNullPrototype: true });
  }
}

function text({ pattern, format, minLength = 0, maxLength = 20 }: Schema): fc.Arbitrary<string> {
  if (format === 'date-time') return time;
  if (pattern !== undefined) return textMatching(pattern);
  const fitting = word.filter((one) => one.length >= minLength && one.length <= maxLength);
  return fc.oneof(
    { weight: 5, arbitrary: fitting },
    fc.constantFrom('商店 🏪', "O'Brien; DROP TABLE app", 'a'.repeat(Math.max(minLength, 1))),
  );
}

function textMatching(pattern: string): fc.Arbitrary<string> {
  const made = matching.get(pattern) ?? fc.stringMatching(new RegExp(pattern));
  matching.set(pattern, made);
  return made;
}
