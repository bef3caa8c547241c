import fc from 'fast-check';
import { type Change, type Damage, type Detour, change, damage, detour, junk, mediaTypes, oddText } from './bad-input.js';
import type { ApiDocument, Operation, Parameter } from './document.js';
import { GoodInput, type Json } from './good-input.js';

/** A value written here, or one of those seen in answers: which one is known only when the request is sent. */
export type Choice = { readonly text: string } | { readonly seen: number; readonly otherwise: string };

export type Credential = 'right' | 'another' | 'none' | 'mistyped' | 'no bearer' | { readonly seen: number };

export interface PlannedBody {
  readonly json: Json;
  readonly changes: readonly Change[];
  readonly damage: Damage;
  readonly mediaType: string;
}

/** A request before it is sent. */
export interface Plan {
  readonly operation: Operation;
  /** As the description has it; the others are wrong on purpose. */
  readonly isMeantWell: boolean;
  readonly method: string;
  readonly path: Readonly<Record<string, Choice>>;
  readonly detour: Detour;
  readonly query: readonly (readonly [string, Choice])[];
  /** Follows the query as it is. */
  readonly rawQuery: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: PlannedBody | undefined;
  readonly credential: Credential;
  readonly address: string;
}

type Part<Name extends keyof Plan> = fc.Arbitrary<Plan[Name]>;

const address: fc.Arbitrary<string> = fc.nat(0xffff).map((number) => `10.9.${number >> 8}.${number & 255}`);
const mostly = <T>(weight: number, usual: fc.Arbitrary<T>, rarely: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: usual }, rarely);

const oddHeaders = fc.oneof(
  fc.constantFrom<Record<string, string>[]>(
    { 'x-request-id': 'no spaces please' },
    { 'x-request-id': 'x'.repeat(2_000) },
    { 'x-request-id': '\u00e9' },
    { 'idempotency-key': '\u00e9\u00ff' },
    { 'idempotency-key': ' ' },
    { 'idempotency-key': 'k'.repeat(256) },
    { 'idempotency-key': 'one of few' },
    { 'idempotency-key': 'few' },
    { 'content-encoding': 'gzip' },
    { accept: 'text/html;q=zero,*' },
    { 'accept-encoding': 'br, gzip;q=2' },
    { 'x-forwarded-for': 'unknown, <b>, 1.2.3.4.5' },
    { 'x-forwarded-for': '\u00ff' },
    { 'x-forwarded-proto': 'javascript' },
    { 'x-forwarded-host': 'evil.example' },
    { 'x-http-method-override': 'DELETE' },
    { origin: 'null' },
    { range: 'bytes=-1' },
    { 'if-none-match': '*' },
    { cookie: '__Host-session=%zz; =; a' },
    { 'x-long': 'x'.repeat(9_000) },
    { 'x-long': 'x'.repeat(70_000) },
  ),
);

/** What one can ask of a described API: rightly, from its schemas and examples, and wrongly in every way we know. */
export function plansOf(document: ApiDocument): fc.Arbitrary<Plan> {
  const good = new GoodInput(document);
  return fc.oneof(
    ...document.operations.flatMap((operation) => {
      const parts = new OperationParts(document, good, operation);
      return [
        { weight: 3, arbitrary: parts.right() },
        { weight: 3, arbitrary: parts.wrong() },
      ];
    }),
  );
}

class OperationParts {
  private readonly parameters: readonly Parameter[];

  constructor(
    private readonly document: ApiDocument,
    private readonly good: GoodInput,
    private readonly operation: Operation,
  ) {
    this.parameters = operation.parameters ?? [];
  }

  right(): fc.Arbitrary<Plan> {
    return this.plan({
      isMeantWell: fc.constant(true),
      path: this.path(0),
      query: this.query(),
      headers: this.headers(),
      body: this.goodBody(),
      credential: mostly<Credential>(9, fc.constant('right'), fc.record({ seen: fc.nat(7) }, { noNullPrototype: true })),
    });
  }

  wrong(): fc.Arbitrary<Plan> {
    const extra = fc.array(
      fc.tuple(fc.oneof(fc.constantFrom(...this.names('query'), 'x', '__proto__'), oddText), written(oddText)),
      {
        maxLength: 2,
      },
    );
    return this.plan({
      method: mostly(
        12,
        fc.constant(this.operation.method),
        fc.constantFrom('GET', 'PUT', 'PATCH', 'DELETE', 'POST', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND'),
      ),
      path: this.path(2),
      detour: mostly<Detour>(8, fc.constant('none'), detour),
      query: fc.tuple(this.query(), extra).map(([right, wrong]) => [...right, ...wrong]),
      rawQuery: mostly(
        8,
        fc.constant(''),
        fc.constantFrom('%', '&&=', 'limit[]=1', 'a[b][c]=d', '__proto__[x]=1', 'x=%zz', '?', 'a=%00', 'a=%ff', '«9000 letters»'),
      ),
      headers: mostly(
        3,
        this.headers(),
        fc.tuple(this.headers(), oddHeaders).map(([right, odd]) => ({ ...right, ...odd })),
      ),
      body: mostly(8, this.badBody(), fc.constant(undefined)),
      credential: mostly<Credential>(7, fc.constant('right'), fc.constantFrom('none', 'another', 'mistyped', 'no bearer')),
    });
  }

  private plan(parts: { [Name in keyof Plan]?: Part<Name> }): fc.Arbitrary<Plan> {
    const usual = {
      operation: fc.constant(this.operation),
      isMeantWell: fc.constant(false),
      method: fc.constant(this.operation.method),
      detour: fc.constant<Detour>('none'),
      rawQuery: fc.constant(''),
      address,
    };
    return fc.record({ ...usual, ...parts }, { noNullPrototype: true }) as fc.Arbitrary<Plan>;
  }

  private path(oddWeight: number): Part<'path'> {
    const choices = this.inPlace('path').map((parameter): [string, fc.Arbitrary<Choice>] => {
      const right = this.texts(parameter);
      const seen = fc.record({ seen: fc.nat(7), otherwise: right }, { noNullPrototype: true });
      const odd = fc.oneof(
        oddText.filter((text) => text !== ''),
        fc.constantFrom('a'.repeat(610), '%2e%2e', 'x/y', '..'),
      );
      return [
        parameter.name,
        fc.oneof(
          { weight: 4, arbitrary: seen },
          { weight: 3, arbitrary: written(right) },
          { weight: oddWeight, arbitrary: written(odd) },
        ),
      ];
    });
    return fc.record(Object.fromEntries(choices), { noNullPrototype: true });
  }

  private query(): Part<'query'> {
    const choices = this.inPlace('query').map((parameter): fc.Arbitrary<[string, Choice][]> => {
      const right = this.texts(parameter);
      const seen = fc.record({ seen: fc.nat(7), otherwise: right }, { noNullPrototype: true });
      const given = fc.oneof(written(right), seen).map((choice): [string, Choice][] => [[parameter.name, choice]]);
      return parameter.required ? given : mostly(2, fc.constant<[string, Choice][]>([]), given);
    });
    return fc.tuple(...choices).map((lists) => lists.flat());
  }

  private headers(): fc.Arbitrary<Record<string, string>> {
    const given = this.inPlace('header').map((parameter): [string, fc.Arbitrary<string>] => [
      parameter.name.toLowerCase(),
      this.texts(parameter),
    ]);
    return fc.record(Object.fromEntries(given), { requiredKeys: [], noNullPrototype: true }) as fc.Arbitrary<
      Record<string, string>
    >;
  }

  private goodBody(): Part<'body'> {
    const contents = Object.entries(this.operation.requestBody?.content ?? {});
    const [first] = contents;
    if (!first) return fc.constant(undefined);
    const [mediaType, { schema = {} }] = first;
    const json = this.good.of(schema);
    return fc.record(
      { json, changes: fc.constant([]), damage: fc.constant<Damage>('none'), mediaType: fc.constant(mediaType) },
      { noNullPrototype: true },
    );
  }

  private badBody(): Part<'body'> {
    const { schema } = this.operation.requestBody?.content['application/json'] ?? {};
    if (!schema) return mostly<Plan['body']>(4, fc.constant(undefined), this.anyBody(junk));
    return this.anyBody(mostly(9, this.good.of(schema), junk));
  }

  private anyBody(json: fc.Arbitrary<Json>): Part<'body'> {
    return fc.record(
      {
        json,
        changes: fc.array(change, { maxLength: 2, size: 'max' }),
        damage: mostly<Damage>(7, fc.constant('none'), damage),
        mediaType: mostly<string>(9, fc.constant('application/json'), fc.constantFrom(...mediaTypes)),
      },
      { noNullPrototype: true },
    );
  }

  private texts({ schema = { type: 'string' }, example, name }: Parameter): fc.Arbitrary<string> {
    const right = this.good
      .of({ ...schema, nullable: false })
      .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
    const shown = [example, ...this.document.examplesOf(name)].filter((one) => typeof one === 'string');
    return shown.length > 0 ? fc.oneof(right, fc.constantFrom(...shown)) : right;
  }

  private inPlace(place: Parameter['in']): Parameter[] {
    return this.parameters.filter((parameter) => parameter.in === place);
  }

  private names(place: Parameter['in']): string[] {
    return this.inPlace(place).map(({ name }) => name);
  }
}

const written = (text: fc.Arbitrary<string>): fc.Arbitrary<{ text: string }> => text.map((one) => ({ text: one }));
