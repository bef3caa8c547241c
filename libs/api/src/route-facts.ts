import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiExtension } from '@nestjs/swagger';

/** What is peculiar to a route. It is said at its method, and the router keeps it with the route. */
interface RouteFacts {
  readonly rawBody?: true;
  /** The style sheet of the page that tells a browser of a failure. */
  readonly pageStyle?: string;
}

export const withFacts =
  (facts: object): MethodDecorator =>
  (target, method, descriptor) => {
    const known = Reflect.getMetadata(RouteConfig({}).KEY, descriptor.value as object) as object | undefined;
    RouteConfig({ ...known, ...facts })(target, method, descriptor);
  };

export const factsOf = <T = RouteFacts>({ routeOptions }: { readonly routeOptions: { readonly config: object } }): T =>
  routeOptions.config as T;

/** The body is handed over as the bytes that came, whatever their type. */
export const RawBody = (): MethodDecorator => withFacts({ rawBody: true });

/** For the description of the API. */
export const failsWithPageExtension = 'x-fails-with-page';

/** A browser that asks for HTML is told of a failure by a page. */
export const FailsWithPage = (pageStyle: string): MethodDecorator =>
  applyDecorators(withFacts({ pageStyle }), ApiExtension(failsWithPageExtension, true));
