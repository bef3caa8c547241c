import { ApiExtension } from '@nestjs/swagger';
import type { FailureClass } from '#errors';

/** Where the API description finds what a route declared. */
export const problemCodesPrefix = 'x-problem-codes-';

/**
 * Declares how a route can fail beyond what every route can (no key, bad shape, database away). The API description
 * is made from this, and the random walk in the tests holds the routes to it.
 */
export const FailsWith = (...failures: FailureClass[]): MethodDecorator => failsBy('route', failures);

/** For a decorator that adds failures of its own to a route: swagger keeps one list for each origin. */
export const failsBy = (origin: string, failures: readonly FailureClass[]): MethodDecorator =>
  ApiExtension(
    `${problemCodesPrefix}${origin}`,
    failures.map(({ failure }) => failure.code),
  );
