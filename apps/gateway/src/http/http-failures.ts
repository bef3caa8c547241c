import { failure } from '#errors';

export class RouteNotFound extends failure('missing', 'route_not_found', 'There is nothing at this address') {
  constructor(method: string) {
    super(`There is nothing at this address that ${method} could reach; /docs lists what there is`);
  }
}

export class MethodNotAllowed extends failure('wrong-method', 'method_not_allowed', 'The address does not take this method') {
  constructor(
    method: string,
    readonly allowed: readonly string[],
  ) {
    super(`This address does not take ${method}, but ${allowed.join(', ')}`);
  }
}

export class BodyMalformed extends failure('invalid', 'body_malformed', 'The request cannot be read') {
  constructor() {
    super('The request cannot be read: is its body valid JSON of at most 3,000 values, and its address well-formed?');
  }
}

export class BodyTooLarge extends failure('too-large', 'body_too_large', 'The body is too large') {
  constructor() {
    super('The body is larger than this route takes');
  }
}

export class MediaTypeUnsupported extends failure(
  'unsupported',
  'media_type_unsupported',
  'The body has a type that the route does not read',
) {
  constructor() {
    super('Send the body as JSON, with Content-Type: application/json');
  }
}

export class NotServingYet extends failure('unavailable', 'not_serving_yet', 'The gateway is starting') {
  constructor() {
    super('The gateway is starting: it waits for its database', { retryAfterSeconds: 2 });
  }
}

export class TooBusy extends failure('unavailable', 'too_busy', 'The gateway has no room for more at the moment') {
  constructor() {
    super('This replica holds as many connections, or as many bytes of requests and answers, as it has room for', {
      retryAfterSeconds: 1,
    });
  }
}
