export type PictureType = 'image/jpeg' | 'image/png' | 'image/gif' | 'image/webp';

export interface WechatPicture {
  readonly type: PictureType;
  readonly bytes: Buffer;
  /** How many of the limited codes exist now, if WeChat tells. */
  readonly used: number | null;
}

const beginnings: readonly (readonly [type: PictureType, beginning: RegExp])[] = [
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/png', /^\x89PNG\r\n/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF....WEBP/s],
];

/** By the first bytes, because WeChat's content types are unreliable. */
export function pictureTypeOf(bytes: Buffer): PictureType | undefined {
  const beginning = bytes.toString('latin1', 0, 16);
  return beginnings.find(([, pattern]) => pattern.test(beginning))?.[0];
}
