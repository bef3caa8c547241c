import { ApiExtension } from '@nestjs/swagger';
import type { FailureClass } from '#errors';

/** The prefix under which the API description finds what a route declared. */
export const problemCodesPrefix = 'x-problem-codes-';

/**
 * Declares how a route can fail, besides what every route can answer (no key, bad shape, database away). The API description is
 * made from this, and the random walk in the tests checks the routes against it.
 */
export const FailsWith = (...failures: FailureClass[]): MethodDecorator => failsBy('route', failures);

/** For a decorator that adds failures to a route. Swagger keeps one list for each origin. */
export const failsBy = (origin: string, failures: readonly FailureClass[]): MethodDecorator =>
  ApiExtension(
    `${problemCodesPrefix}${origin}`,
    failures.map(({ failure }) => failure.code),
  );
