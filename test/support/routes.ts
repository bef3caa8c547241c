import type { TestGateway } from './gateway.js';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly example?: string | number | boolean;
  readonly schema?: { readonly example?: string | number | boolean };
}

type Described = Record<string, { parameters?: Parameter[]; security?: Record<string, unknown>[] }>;

export interface Operation {
  readonly method: string;
  readonly template: string;
  /** With the examples of its description. */
  readonly path: string;
  readonly isAdmin: boolean;
}

/** Every route that is described, and a test elsewhere holds that every route is. */
export class TestRoutes {
  private constructor(readonly operations: readonly Operation[]) {}

  static async of(gateway: TestGateway): Promise<TestRoutes> {
    const { paths } = (await gateway.ask('/docs/openapi.json')).body as { paths: Record<string, Described> };
    return new TestRoutes(
      Object.entries(paths).flatMap(([template, described]) =>
        Object.entries(described).map(([method, { parameters = [] }]) => ({
          method: method.toUpperCase(),
          template,
          path: pathOf(template, parameters),
          isAdmin: template.startsWith('/admin/'),
        })),
      ),
    );
  }

  get paths(): string[] {
    return [...new Set(this.operations.map(({ path }) => path.split('?')[0] ?? ''))];
  }

  /** As the header Allow lists them. */
  methodsAt(path: string): string[] {
    const there = this.operations.filter(({ template }) => matches(template, path)).map(({ method }) => method);
    return [...new Set([...there, ...(there.includes('GET') ? ['HEAD'] : []), 'OPTIONS'])].sort();
  }
}

function pathOf(template: string, parameters: Parameter[]): string {
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const parameter = parameters.find((one) => one.in === 'path' && one.name === name);
    return encodeURIComponent(String(parameter?.schema?.example ?? parameter?.example ?? 'x'));
  });
  const needed = parameters.filter((one) => one.in === 'query' && one.required);
  const query = needed.map(
    ({ name, schema, example }) => `${name}=${encodeURIComponent(String(example ?? schema?.example ?? ''))}`,
  );
  return query.length === 0 ? path : `${path}?${query.join('&')}`;
}

function matches(template: string, path: string): boolean {
  const [wanted, given] = [template.split('/'), path.split('/')];
  return wanted.length === given.length && wanted.every((part, at) => part.startsWith('{') || part === given[at]);
}
