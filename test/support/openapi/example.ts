import type { ApiDocument, Content, Schema } from './document.js';

/** Where the description leaves a value without an example. */
export class NoExample extends Error {}

/** The example of a body: its own, or put together from those of its fields. */
export function exampleOf(document: ApiDocument, content: Content): unknown {
  return content.example ?? exampleOfSchema(document, content.schema ?? {}, '');
}

function exampleOfSchema(document: ApiDocument, given: Schema, where: string): unknown {
  const schema = document.resolved(given);
  if (schema.example !== undefined) return schema.example;
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  const [alternative] = schema.oneOf ?? schema.anyOf ?? [];
  if (alternative) return exampleOfSchema(document, alternative, where);
  if (schema.properties)
    return Object.fromEntries(
      Object.entries(schema.properties).map(([name, field]) => [name, exampleOfSchema(document, field, `${where}.${name}`)]),
    );
  if (schema.items) return [exampleOfSchema(document, schema.items, `${where}[]`)];
  if (schema.nullable) return null;
  throw new NoExample(where || 'the body');
}
