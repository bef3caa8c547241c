/** The parts of an OpenAPI 3.0 document that the tests read. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly example?: unknown;
  readonly default?: unknown;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

export interface Content {
  readonly schema?: Schema;
  readonly example?: unknown;
}

export interface Parameter {
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly name: string;
  readonly required?: boolean;
  readonly schema?: Schema;
  readonly example?: unknown;
}

interface Response {
  readonly $ref?: string;
  readonly headers?: Readonly<Record<string, object>>;
  readonly content?: Readonly<Record<string, Content>>;
}

export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<Record<string, Response>>;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly 'x-required-scope'?: string;
}

interface RawDocument {
  readonly tags?: readonly { readonly name: string; readonly description?: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Omit<Operation, 'method' | 'path'>>>>>;
  readonly components?: {
    readonly schemas?: Readonly<Record<string, Schema>>;
    readonly responses?: Readonly<Record<string, Response>>;
  };
}

const componentPrefix = '#/components/schemas/';

/** What the gateway says of itself. */
export class ApiDocument {
  readonly operations: readonly Operation[];
  readonly schemas: Readonly<Record<string, Schema>>;
  readonly tags: NonNullable<RawDocument['tags']>;

  /** Of all that there is, or of one address alone. */
  constructor(text: string, onlyPath?: string) {
    const raw = JSON.parse(text) as RawDocument;
    this.schemas = raw.components?.schemas ?? {};
    this.tags = raw.tags ?? [];
    const whole = (one: Response): Response => raw.components?.responses?.[one.$ref?.split('/').at(-1) ?? ''] ?? one;
    const paths = Object.entries(raw.paths).filter(([path]) => onlyPath === undefined || path === onlyPath);
    this.operations = paths.flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        ...operation,
        responses: Object.fromEntries(Object.entries(operation.responses).map(([status, one]) => [status, whole(one)])),
        method: method.toUpperCase(),
        path,
      })),
    );
  }

  /** What the description gives as examples of a field of this name, wherever it stands. */
  examplesOf(name: string): unknown[] {
    const found = Object.values(this.schemas).map((schema) => schema.properties?.[name]?.example);
    return [...new Set(found.filter((example) => example !== undefined))];
  }

  /** The schema itself, where it is only referred to; one schema, where several are put together. */
  resolved(schema: Schema): Schema {
    if (schema.$ref !== undefined) return this.resolved(this.schemas[nameOfRef(schema.$ref)] ?? {});
    if (!schema.allOf) return schema;
    const { allOf, ...own } = schema;
    const parts = [own, ...allOf.map((part) => this.resolved(part))];
    return {
      ...parts.reduceRight<Schema>((merged, part) => ({ ...merged, ...part }), {}),
      properties: parts.reduce<Record<string, Schema>>((merged, part) => ({ ...merged, ...part.properties }), {}),
      required: parts.flatMap((part) => part.required ?? []),
    };
  }
}

export const nameOfRef = (ref: string): string => ref.slice(componentPrefix.length);

/** Two addresses of the same shape are one route, whatever their parameters are called: `/a/:x`, `/a/{y}` and `/a/*`. */
export const shapeOf = (path: string): string => path.replace(/:\w+|\{[^}]*\}|\*\w*/g, '{}');

/** Everything in a document that could be a schema. */
export function* partsOf(value: unknown): Generator<Schema> {
  if (typeof value !== 'object' || value === null) return;
  yield value;
  for (const below of Object.values(value)) yield* partsOf(below);
}
