export type PictureType = 'image/jpeg' | 'image/png' | 'image/gif' | 'image/webp';

export interface WechatPicture {
  readonly type: PictureType;
  readonly bytes: Buffer;
  /** How many of the codes whose number is limited are made by now, where WeChat says so. */
  readonly used: number | null;
}

const beginnings: readonly (readonly [type: PictureType, beginning: RegExp])[] = [
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/png', /^\x89PNG\r\n/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF....WEBP/s],
];

/** By its first bytes: WeChat's content types are not to be trusted. */
export function pictureTypeOf(bytes: Buffer): PictureType | undefined {
  const beginning = bytes.toString('latin1', 0, 16);
  return beginnings.find(([, pattern]) => pattern.test(beginning))?.[0];
}
