import { failure } from '#errors';

export class RouteNotFound extends failure('missing', 'route_not_found', 'There is nothing at this address') {
  constructor(method: string) {
    super(`There is nothing at this address that ${method} could reach; /docs lists what there is`);
  }
}

export class BodyMalformed extends failure('invalid', 'body_malformed', 'The request cannot be read') {
  constructor() {
    super('The request cannot be read: is its body valid JSON, and its address well-formed?');
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
