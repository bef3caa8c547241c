import type { FastifyInstance } from 'fastify';

interface KnownRoute {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

/**
 * Every route that is registered, by its address: the router itself answers nothing but "not with this method". Looked
 * through only where the router has found nothing.
 */
export class KnownRoutes {
  private readonly routes = new Map<string, KnownRoute>();

  /** Before the first route is registered. */
  static of(fastify: FastifyInstance): KnownRoutes {
    const known = new KnownRoutes();
    fastify.addHook('onRoute', ({ url, method }) => known.add(url, [method].flat()));
    return known;
  }

  /** What an address takes; nothing where there is none, or none for this very method. */
  othersThan(method: string, url: string): string[] {
    const path = decoded(url.split('?')[0] ?? '');
    const methods = new Set([...this.routes.values()].flatMap((route) => (route.pattern.test(path) ? [...route.methods] : [])));
    // The method has a route here that did not take the address, perhaps since a part of it is too long.
    if (methods.size === 0 || methods.has(method)) return [];
    return [...methods.add('OPTIONS')].sort();
  }

  private add(url: string, methods: string[]): void {
    const known = this.routes.get(url);
    if (known) for (const method of methods) known.methods.add(method);
    else this.routes.set(url, { pattern: patternOf(url), methods: new Set(methods) });
  }
}

/** The templates that are in use here: whole segments as parameters, and an asterisk at the end. */
const patternOf = (template: string): RegExp =>
  new RegExp(
    `^${template
      .replace(/[\\^$.+?()[\]{}|]/g, '\\$&')
      .replaceAll('*', '.*')
      .replace(/:\w+/g, '[^/]+')}$`,
    's',
  );

/** As the router does: an encoded slash stays what it is. */
function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
