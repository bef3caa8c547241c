import { Flag, OneOf, Text, Whole } from '#api';
import type { Fault } from '#errors';
import type { LinkKind, WechatParameters } from '#wechat';

const kinds = ['url_link', 'scheme', 'short_link'] as const;
const versions = ['release', 'trial', 'develop'];
const daySeconds = 86_400;

/** WeChat's own parameters, and which of its three calls they are for. */
export class LinkRequest {
  @OneOf(
    kinds,
    '`url_link`: a web address, for messages and mails. `scheme`: a `weixin://` address, for pages. `short_link`: for chats',
    { example: 'url_link' },
  )
  type!: LinkKind;
  @Text('`url_link` and `scheme`: the page, without query; by default the first', {
    optional: 'or null',
    max: 1_024,
    example: 'pages/shop/shop',
  })
  path?: string;
  @Text('`url_link` and `scheme`', { optional: 'or null', max: 1_024, example: 'id=17' }) query?: string;
  @OneOf(versions, '`url_link` and `scheme`', { optional: 'or null', default: 'release' }) env_version?: string;
  @OneOf([0, 1], '`url_link` and `scheme`: 0 ends at `expire_time`, 1 after `expire_interval` days', { optional: 'or null' })
  expire_type?: 0 | 1;
  @Whole('A Unix time, from a minute to 30 days ahead', { optional: 'or null', example: 4_000_000_000 }) expire_time?: number;
  @Whole({ optional: 'or null', min: 1, max: 30, example: 30 }) expire_interval?: number;
  @Text('`short_link`: the page with its query', { optional: 'or null', max: 1_024, example: 'pages/shop/shop?id=17' })
  page_url?: string;
  @Text('`short_link`: WeChat cuts it after 20 characters', { optional: 'or null', max: 100, example: '商店' })
  page_title?: string;
  @Flag('`short_link`: there are 100,000 that last; the others end after 30 days', { optional: 'or null', default: false })
  is_permanent?: boolean;
}

const timed = ['path', 'query', 'env_version', 'expire_type', 'expire_time', 'expire_interval'];
const fields: Record<LinkKind, readonly string[]> = {
  url_link: timed,
  scheme: timed,
  short_link: ['page_url', 'page_title', 'is_permanent'],
};

export function linkFaults(order: LinkRequest, now: Date): Fault[] {
  const given = Object.entries(order).flatMap(([name, value]) => (value === undefined || name === 'type' ? [] : [name]));
  return [
    ...given
      .filter((name) => !fields[order.type].includes(name))
      .map((path) => ({ path, message: `has no meaning for a link of the type ${order.type}` })),
    ...(order.type === 'short_link' && !order.page_url ? [{ path: 'page_url', message: 'must be there' }] : []),
    ...(order.type === 'short_link' ? [] : endFaults(order, now)),
  ];
}

function endFaults({ expire_type: type, expire_time: time, expire_interval: interval }: LinkRequest, now: Date): Fault[] {
  const wants = (path: string, isThere: boolean, when: string): Fault[] =>
    isThere ? [] : [{ path, message: `must be there ${when}` }];
  if (type === undefined)
    return time === undefined && interval === undefined ? [] : wants('expire_type', false, 'where the link ends');
  if (type === 1) return wants('expire_interval', interval !== undefined, 'with expire_type 1');
  if (time === undefined) return wants('expire_time', false, 'with expire_type 0');
  const seconds = time - now.getTime() / 1_000;
  return seconds >= 60 && seconds <= 30 * daySeconds
    ? []
    : [{ path: 'expire_time', message: 'must be from a minute to 30 days ahead' }];
}

export function linkParameters({ type, ...given }: LinkRequest): WechatParameters {
  if (type !== 'scheme') return given;
  // Here, and only here, the page is in an object of its own.
  const { path, query, env_version, ...end } = given;
  return { jump_wxa: { path: path ?? '', query: query ?? '', env_version }, is_expire: end.expire_type !== undefined, ...end };
}
