import { failure } from '#errors';

export class RouteNotFound extends failure('missing', 'route_not_found', {
  en: 'There is nothing at this address',
  zh: '这个地址不存在',
}) {
  constructor(method: string) {
    super({
      en: `There is nothing at this address that ${method} could reach; /docs lists what there is`,
      zh: `这个地址没有 ${method} 能访问的内容；全部接口见 /docs`,
    });
  }
}

export class MethodNotAllowed extends failure('wrong-method', 'method_not_allowed', {
  en: 'The address does not take this method',
  zh: '这个地址不支持该请求方法',
}) {
  constructor(
    method: string,
    readonly allowed: readonly string[],
  ) {
    super({
      en: `This address does not take ${method}, but ${allowed.join(', ')}`,
      zh: `这个地址不支持 ${method}，支持 ${allowed.join('、')}`,
    });
  }
}

export class BodyMalformed extends failure('invalid', 'body_malformed', {
  en: 'The request cannot be read',
  zh: '请求无法解析',
}) {
  constructor() {
    super({
      en: 'The request cannot be read: is its body valid JSON of at most 3,000 values, and its address well-formed?',
      zh: '请求无法解析：请检查请求体是不是有效的 JSON（最多 3,000 个值），以及地址的格式',
    });
  }
}

export class BodyTooLarge extends failure('too-large', 'body_too_large', { en: 'The body is too large', zh: '请求体太大' }) {
  constructor() {
    super({ en: 'The body is larger than this route takes', zh: '请求体超过了这个接口的上限' });
  }
}

export class MediaTypeUnsupported extends failure('unsupported', 'media_type_unsupported', {
  en: 'The body has a type that the route does not read',
  zh: '这个接口不支持该请求体类型',
}) {
  constructor() {
    super({
      en: 'Send the body as JSON, with Content-Type: application/json',
      zh: '请以 JSON 发送请求体，并设置 Content-Type: application/json',
    });
  }
}

export class NotServingYet extends failure('unavailable', 'not_serving_yet', {
  en: 'The gateway is starting',
  zh: '网关正在启动',
}) {
  constructor() {
    super(
      { en: 'The gateway is starting: it waits for its database', zh: '网关正在启动，还在等待数据库' },
      { retryAfterSeconds: 2 },
    );
  }
}

export class TooBusy extends failure('unavailable', 'too_busy', {
  en: 'The gateway has no room for more at the moment',
  zh: '网关暂时没有余量',
}) {
  constructor() {
    super(
      {
        en: 'This replica holds as many connections, or as many bytes of requests and answers, as it has room for',
        zh: '本副本的连接数，或请求与响应占用的内存，已达上限',
      },
      {
        retryAfterSeconds: 1,
      },
    );
  }
}
