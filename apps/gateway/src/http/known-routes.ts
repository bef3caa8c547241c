import type { FastifyInstance } from 'fastify';

interface KnownRoute {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

/**
 * Every registered route by address, because the router only says "not with this method". Read only if the router found
 * nothing.
 */
export class KnownRoutes {
  private readonly routes = new Map<string, KnownRoute>();

  /** Call it before the first route is registered. */
  static of(fastify: FastifyInstance): KnownRoutes {
    const known = new KnownRoutes();
    fastify.addHook('onRoute', ({ url, method }) => known.add(url, [method].flat()));
    return known;
  }

  /** The methods that an address takes; empty if there is no such address, or if it takes this very method. */
  othersThan(method: string, url: string): string[] {
    const path = decoded(url.split('?')[0] ?? '');
    const methods = new Set([...this.routes.values()].flatMap((route) => (route.pattern.test(path) ? [...route.methods] : [])));
    // A route with the method exists but refused the address, perhaps because a part is too long.
    if (methods.size === 0 || methods.has(method)) return [];
    return [...methods.add('OPTIONS')].sort();
  }

  private add(url: string, methods: string[]): void {
    const known = this.routes.get(url);
    if (known) for (const method of methods) known.methods.add(method);
    else this.routes.set(url, { pattern: patternOf(url), methods: new Set(methods) });
  }
}

/** The forms of templates in use here: whole segments as parameters, and an asterisk at the end. */
const patternOf = (template: string): RegExp =>
  new RegExp(
    `^${template
      .replace(/[\\^$.+?()[\]{}|]/g, '\\$&')
      .replaceAll('*', '.*')
      .replace(/:\w+/g, '[^/]+')}$`,
    's',
  );

/** As the router decodes: an encoded slash stays encoded. */
function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
