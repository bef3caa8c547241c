import { Json, OneOf, Part, Parts, Text } from '#api';
import type { SpokenReply } from '#wechat';
import { type Fault, InvalidInput } from '#errors';
import type { AppReplies, ReplyRule } from './app-replies.entity.js';

const replyTypes = ['text', 'image', 'voice', 'video', 'music', 'news', 'transfer'] as const;
type ReplyType = (typeof replyTypes)[number];

const optionalText = (description: string, max: number): PropertyDecorator =>
  Text(description, { optional: 'or null', min: 1, max });

class ArticlePart {
  @Text({ min: 1, max: 200, example: 'Opening hours' }) title!: string;
  @Text({ min: 0, max: 500, example: 'When we are there' }) description!: string;
  @Text({
    pattern: /^https?:\/\/\S{1,1000}$/,
    message: 'must be the address of a picture',
    example: 'https://shop.example.com/hours.jpg',
  })
  pic_url!: string;
  @Text({
    pattern: /^https?:\/\/\S{1,1000}$/,
    message: 'must be the address of a page',
    example: 'https://shop.example.com/hours',
  })
  url!: string;
}

export class ReplyPart {
  @OneOf(replyTypes, { example: 'text' }) type!: ReplyType;
  @optionalText('For `text`', 600) content?: string;
  @optionalText('For `image`, `voice` and `video`', 200) media_id?: string;
  @optionalText('For `music`', 200) thumb_media_id?: string;
  @optionalText('For `video` and `music`', 200) title?: string;
  @optionalText('For `video` and `music`', 500) description?: string;
  @optionalText('For `music`', 1_000) music_url?: string;
  @optionalText('For `music`', 1_000) hq_music_url?: string;
  @Parts(ArticlePart, 'For `news`: one, as WeChat shows only one', { optional: 'or null', max: 8, min: 1 })
  articles?: ArticlePart[];
  @optionalText('For `transfer`: to this person of customer service', 200) kf_account?: string;
}

class ConditionPart {
  @Text('The type of the event', {
    optional: 'or null',
    pattern: /^(message|event)\.[a-z0-9_]{1,64}$/,
    message: 'must be a type such as message.text or event.subscribe',
    example: 'event.subscribe',
  })
  type?: string;
  @optionalText('The EventKey of a menu entry or code', 200) event_key?: string;
  @optionalText('What a text says, capitals or not', 200) keyword?: string;
  @OneOf(['exact', 'contains'], 'How the keyword fits', { optional: 'or null', default: 'exact' }) match?: 'exact' | 'contains';
}

class RulePart {
  @Part(ConditionPart, 'All of it must hold; something must be there') when!: ConditionPart;
  @Part(ReplyPart, { example: { type: 'text', content: '欢迎关注' } }) reply!: ReplyPart;
}

export class ReplyRulesRequest {
  @Parts(RulePart, 'In their order: the first that fits replies', {
    max: 200,
    example: [{ when: { type: 'event.subscribe' }, reply: { type: 'text', content: '欢迎关注' } }],
  })
  rules!: RulePart[];
}

export class TextsRequest {
  @Json('By name; what is left out is said in the words of the gateway', {
    values: { type: 'string', minLength: 1, maxLength: 600 },
    example: {},
  })
  texts!: Record<string, string>;
}

/** What a reply of each type must have. */
const needed: Record<ReplyType, readonly (keyof ReplyPart)[]> = {
  text: ['content'],
  image: ['media_id'],
  voice: ['media_id'],
  video: ['media_id'],
  music: ['thumb_media_id'],
  news: ['articles'],
  transfer: [],
};

export const whatLacks = (reply: ReplyPart): Fault[] =>
  needed[reply.type]
    .filter((name) => reply[name] === undefined)
    .map((name) => ({ path: name, message: `is needed for ${reply.type}` }));

export function rulesOf({ rules }: ReplyRulesRequest): ReplyRule[] {
  const faults = rules.flatMap(({ when, reply }, at) => [
    ...whatLacks(reply).map(({ path, message }) => ({ path: `rules.${at}.reply.${path}`, message })),
    ...((when.type ?? when.event_key ?? when.keyword) === undefined
      ? [{ path: `rules.${at}.when`, message: 'must say something' }]
      : []),
  ]);
  if (faults.length > 0) throw new InvalidInput(faults);
  return rules.map(({ when, reply }) => ({
    when: {
      ...(when.type !== undefined && { type: when.type }),
      ...(when.event_key !== undefined && { eventKey: when.event_key }),
      ...(when.keyword !== undefined && { keyword: when.keyword, match: when.match ?? 'exact' }),
    },
    reply: replyOf(reply),
  }));
}

export function replyOf(shape: ReplyPart): SpokenReply {
  const { title, description, media_id: mediaId = '', thumb_media_id: thumbMediaId = '' } = shape;
  const titled = { ...(title !== undefined && { title }), ...(description !== undefined && { description }) };
  switch (shape.type) {
    case 'text':
      return { kind: 'text', content: shape.content ?? '' };
    case 'image':
    case 'voice':
      return { kind: shape.type, mediaId };
    case 'video':
      return { kind: 'video', mediaId, ...titled };
    case 'music':
      return {
        kind: 'music',
        thumbMediaId,
        ...titled,
        ...(shape.music_url !== undefined && { url: shape.music_url }),
        ...(shape.hq_music_url !== undefined && { hqUrl: shape.hq_music_url }),
      };
    case 'news':
      return {
        kind: 'news',
        articles: (shape.articles ?? [])
          .map((one) => ({ ...one, pictureUrl: one.pic_url }))
          .map(({ title, description, pictureUrl, url }) => ({ title, description, pictureUrl, url })),
      };
    case 'transfer':
      return { kind: 'transfer', ...(shape.kf_account !== undefined && { account: shape.kf_account }) };
  }
}

export const rulesAnswer = ({ rules }: AppReplies): ReplyRulesRequest => ({
  rules: rules.map(({ when, reply }) => ({
    when: {
      ...(when.type !== undefined && { type: when.type }),
      ...(when.eventKey !== undefined && { event_key: when.eventKey }),
      ...(when.keyword !== undefined && { keyword: when.keyword, match: when.match ?? 'exact' }),
    },
    reply: replyShape(reply),
  })),
});

function replyShape(reply: SpokenReply): ReplyPart {
  switch (reply.kind) {
    case 'text':
      return { type: 'text', content: reply.content };
    case 'image':
    case 'voice':
      return { type: reply.kind, media_id: reply.mediaId };
    case 'video':
      return { type: 'video', media_id: reply.mediaId, ...titles(reply) };
    case 'music':
      return {
        type: 'music',
        thumb_media_id: reply.thumbMediaId,
        ...titles(reply),
        ...(reply.url !== undefined && { music_url: reply.url }),
        ...(reply.hqUrl !== undefined && { hq_music_url: reply.hqUrl }),
      };
    case 'news':
      return {
        type: 'news',
        articles: reply.articles.map(({ title, description, pictureUrl, url }) => ({
          title,
          description,
          pic_url: pictureUrl,
          url,
        })),
      };
    case 'transfer':
      return { type: 'transfer', ...(reply.account !== undefined && { kf_account: reply.account }) };
  }
}

const titles = ({ title, description }: { title?: string; description?: string }) => ({
  ...(title !== undefined && { title }),
  ...(description !== undefined && { description }),
});
