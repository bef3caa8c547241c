import { Ajv2019, type ValidateFunction } from 'ajv/dist/2019.js';
import { type ApiDocument, type Content, type Schema, nameOfRef } from './document.js';

type JsonSchema = Record<string, unknown>;

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/**
 * Holds bodies to what the description says of them, as strictly as our answers are meant: a field that is not
 * described is a fault, since that is how a new column would leak.
 */
export class AnswerSchemas {
  private readonly ajv = new Ajv2019({ strict: false, allErrors: true, logger: false, formats: { 'date-time': rfc3339 } });
  private readonly compiled = new Map<Content, ValidateFunction>();
  /** Most operations fail with the same few documents; making a validator takes milliseconds. */
  private readonly compiledByText = new Map<string, ValidateFunction>();

  constructor(document: ApiDocument) {
    for (const [name, schema] of Object.entries(document.schemas)) {
      this.ajv.addSchema(translated(schema, 'closed'), `closed:${name}`);
      this.ajv.addSchema(translated(schema, 'open'), `open:${name}`);
    }
  }

  /** What is wrong with the body; nothing when it is as described. */
  faultsOf(content: Content, body: unknown): string[] {
    const validate = this.compiled.get(content) ?? this.compile(content);
    if (validate(body)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath || 'the body'} ${message ?? 'is wrong'} ${JSON.stringify(params)}`,
    );
  }

  private compile(content: Content): ValidateFunction {
    const text = JSON.stringify(content.schema ?? {});
    const validate = this.compiledByText.get(text) ?? this.ajv.compile(translated(content.schema ?? {}, 'closed'));
    this.compiledByText.set(text, validate);
    this.compiled.set(content, validate);
    return validate;
  }
}

/**
 * OpenAPI 3.0 as JSON Schema. A closed object takes no other fields than its own; the parts it is put together from
 * must stay open, since each of them knows only its own. `nullable` means null beside everything else that is said.
 */
function translated(schema: Schema, form: 'open' | 'closed'): JsonSchema {
  const { $ref, nullable, properties, items, additionalProperties, allOf, anyOf, oneOf, ...rest } = schema;
  if ($ref !== undefined) return { $ref: `${form}:${nameOfRef($ref)}` };
  const parts = (list: readonly Schema[]): JsonSchema[] => list.map((part) => translated(part, 'open'));
  const alternatives = (list: readonly Schema[]): JsonSchema[] => list.map((part) => translated(part, form));
  const hasFields = properties !== undefined || allOf !== undefined;
  const whole: JsonSchema = {
    ...rest,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, translated(field, 'closed')])),
    }),
    ...(items && { items: translated(items, 'closed') }),
    ...(typeof additionalProperties === 'object' && { additionalProperties: translated(additionalProperties, 'closed') }),
    ...(typeof additionalProperties === 'boolean' && { additionalProperties }),
    ...(allOf && { allOf: parts(allOf) }),
    ...(anyOf && { anyOf: alternatives(anyOf) }),
    ...(oneOf && { oneOf: alternatives(oneOf) }),
    ...(form === 'closed' && hasFields && additionalProperties === undefined && { unevaluatedProperties: false }),
  };
  return nullable ? { anyOf: [{ type: 'null' }, whole] } : whole;
}
