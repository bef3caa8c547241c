import type { PushReader } from './push-field-reader.js';

interface OfPerson {
  readonly openid: string;
  readonly at: Date;
  /** A 64-bit number as text, because JavaScript would round it. */
  readonly msgId: string;
}

/** What people write. https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_standard_messages.html */
export type MessagePush = OfPerson &
  (
    | { readonly kind: 'text'; readonly content: string; readonly menuItem: string | null }
    | { readonly kind: 'image'; readonly mediaId: string; readonly pictureUrl: string | null }
    | { readonly kind: 'voice'; readonly mediaId: string; readonly format: string; readonly recognition: string | null }
    | { readonly kind: 'video'; readonly mediaId: string; readonly thumbMediaId: string; readonly isShort: boolean }
    | {
        readonly kind: 'location';
        readonly latitude: number;
        readonly longitude: number;
        readonly scale: number;
        readonly label: string;
      }
    | { readonly kind: 'link'; readonly title: string; readonly description: string; readonly url: string }
    | { readonly kind: 'mini-program-page'; readonly title: string; readonly appid: string; readonly path: string }
    | { readonly kind: 'file'; readonly title: string; readonly description: string; readonly fileKey: string }
  );

const common = (push: PushReader): OfPerson => ({ ...push.person(), msgId: push.text('MsgId') });

const video =
  (isShort: boolean) =>
  (push: PushReader): MessagePush => ({
    ...common(push),
    kind: 'video',
    mediaId: push.text('MediaId'),
    thumbMediaId: push.text('ThumbMediaId'),
    isShort,
  });

export const messageReaders = new Map<string, (push: PushReader) => MessagePush>([
  [
    'text',
    (push) => ({ ...common(push), kind: 'text', content: push.textOrEmpty('Content'), menuItem: push.optional('bizmsgmenuid') }),
  ],
  ['image', (push) => ({ ...common(push), kind: 'image', mediaId: push.text('MediaId'), pictureUrl: push.optional('PicUrl') })],
  [
    'voice',
    (push) => ({
      ...common(push),
      kind: 'voice',
      mediaId: push.text('MediaId'),
      format: push.textOrEmpty('Format'),
      recognition: push.optional('Recognition'),
    }),
  ],
  ['video', video(false)],
  ['shortvideo', video(true)],
  [
    'location',
    (push) => ({
      ...common(push),
      kind: 'location',
      latitude: push.number('Location_X'),
      longitude: push.number('Location_Y'),
      scale: push.number('Scale'),
      label: push.textOrEmpty('Label'),
    }),
  ],
  [
    'link',
    (push) => ({
      ...common(push),
      kind: 'link',
      title: push.textOrEmpty('Title'),
      description: push.textOrEmpty('Description'),
      url: push.text('Url'),
    }),
  ],
  [
    'miniprogrampage',
    (push) => ({
      ...common(push),
      kind: 'mini-program-page',
      title: push.textOrEmpty('Title'),
      appid: push.textOrEmpty('AppId'),
      path: push.textOrEmpty('PagePath'),
    }),
  ],
  [
    'file',
    (push) => ({
      ...common(push),
      kind: 'file',
      title: push.textOrEmpty('Title'),
      description: push.textOrEmpty('Description'),
      fileKey: push.textOrEmpty('FileKey'),
    }),
  ],
]);
