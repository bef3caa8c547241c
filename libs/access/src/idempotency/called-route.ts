interface RoutedRequest {
  readonly method: string;
  readonly params: unknown;
  readonly routeOptions: { readonly url?: string | undefined };
}

/**
 * The route that a request reached, with its values: the same however its caller writes the address. `%77x…` is `wx…`,
 * and a repeat that another library encodes otherwise is still a repeat.
 */
export function calledRoute({ method, params, routeOptions }: RoutedRequest): string {
  const values = params as Readonly<Record<string, string>>;
  const path = (routeOptions.url ?? '').replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));
  return `${method} ${path}`;
}
