import type { Fault } from '#errors';

export const customerMessageTypes = [
  'text',
  'image',
  'voice',
  'video',
  'music',
  'news',
  'mpnews',
  'mpnewsarticle',
  'msgmenu',
  'wxcard',
  'miniprogrampage',
  'link',
] as const;
export type CustomerMessageType = (typeof customerMessageTypes)[number];

/** The texts that each type must or may have. The two types with a list are checked below. */
const fields: Record<CustomerMessageType, { readonly must: readonly string[]; readonly may: readonly string[] }> = {
  text: { must: ['content'], may: [] },
  image: { must: ['media_id'], may: [] },
  voice: { must: ['media_id'], may: [] },
  video: { must: ['media_id', 'thumb_media_id'], may: ['title', 'description'] },
  music: { must: ['musicurl', 'thumb_media_id'], may: ['title', 'description', 'hqmusicurl'] },
  news: { must: [], may: ['articles'] },
  mpnews: { must: ['media_id'], may: [] },
  mpnewsarticle: { must: ['article_id'], may: [] },
  msgmenu: { must: [], may: ['head_content', 'list', 'tail_content'] },
  wxcard: { must: ['card_id'], may: [] },
  miniprogrampage: { must: ['pagepath', 'thumb_media_id'], may: ['title', 'appid'] },
  link: { must: ['title', 'url'], may: ['description', 'thumb_url'] },
};

const textBytesMax = 2_048;

/** Faults of form that WeChat would refuse, found before WeChat is asked. */
export function faultsOf(type: CustomerMessageType, content: unknown): Fault[] {
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    return [{ path: type, message: `must be the content of the ${type} message` }];
  const given = content as Record<string, unknown>;
  const { must, may } = fields[type];
  return [
    ...must
      .filter((name) => typeof given[name] !== 'string' || given[name] === '')
      .map((name) => ({ path: `${type}.${name}`, message: 'must be a text that is not empty' })),
    ...Object.keys(given)
      .filter((name) => !must.includes(name) && !may.includes(name))
      .map((name) => ({ path: `${type}.${name}`, message: 'is not known' })),
    ...may
      .filter((name) => !['articles', 'list'].includes(name) && given[name] !== undefined && typeof given[name] !== 'string')
      .map((name) => ({ path: `${type}.${name}`, message: 'must be a text' })),
    ...furtherFaults(type, given),
  ];
}

function furtherFaults(type: CustomerMessageType, given: Record<string, unknown>): Fault[] {
  if (type === 'text' && typeof given['content'] === 'string' && Buffer.byteLength(given['content']) > textBytesMax)
    return [{ path: 'text.content', message: `must have at most ${textBytesMax} bytes` }];
  if (type === 'news') return listFaults('news.articles', given['articles'], { most: 1, must: 'title' });
  if (type === 'msgmenu') return listFaults('msgmenu.list', given['list'], { most: 50, must: 'content' });
  return [];
}

function listFaults(path: string, list: unknown, { most, must }: { most: number; must: string }): Fault[] {
  if (!Array.isArray(list) || list.length === 0 || list.length > most)
    return [{ path, message: most === 1 ? 'must hold one article' : `must be a list of 1 to ${most}` }];
  return list.flatMap((one: unknown, at) => {
    const text = typeof one === 'object' && one !== null ? (one as Record<string, unknown>)[must] : undefined;
    return typeof text === 'string' && text !== ''
      ? []
      : [{ path: `${path}.${at}.${must}`, message: 'must be a text that is not empty' }];
  });
}
