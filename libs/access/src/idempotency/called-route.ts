interface RoutedRequest {
  readonly method: string;
  readonly params: unknown;
  readonly routeOptions: { readonly url?: string | undefined };
}

/**
 * The route that a request reached, with its decoded values. `%77x…` is `wx…`: a repeat from another library may encode the
 * address differently and is still a repeat.
 */
export function calledRoute({ method, params, routeOptions }: RoutedRequest): string {
  const values = params as Readonly<Record<string, string>>;
  const path = (routeOptions.url ?? '').replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));
  return `${method} ${path}`;
}
