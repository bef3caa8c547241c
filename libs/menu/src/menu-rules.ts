import type { Fault } from '#errors';

/** The types of a button, and the fields that each needs besides its name. */
const must: Readonly<Record<string, readonly string[]>> = {
  click: ['key'],
  view: ['url'],
  miniprogram: ['url', 'appid', 'pagepath'],
  scancode_push: ['key'],
  scancode_waitmsg: ['key'],
  pic_sysphoto: ['key'],
  pic_photo_or_album: ['key'],
  pic_weixin: ['key'],
  location_select: ['key'],
  media_id: ['media_id'],
  view_limited: ['media_id'],
  article_id: ['article_id'],
  article_view_limited: ['article_id'],
};
export const buttonTypes = Object.keys(must);

const bytesMax: Readonly<Record<string, number>> = { key: 128, url: 1_024, pagepath: 1_024 };
const top = { most: 3, nameBytes: 16 };
const inner = { most: 5, nameBytes: 60 };
const known = ['type', 'name', 'key', 'url', 'appid', 'pagepath', 'media_id', 'article_id', 'sub_button'];

/**
 * Finds every fault of a menu at once, while WeChat reports one at a time, by number. WeChat counts bytes; a Chinese character
 * has three.
 */
export function menuFaults(buttons: unknown, path = 'button', rule = top): Fault[] {
  if (!Array.isArray(buttons) || buttons.length === 0 || buttons.length > rule.most)
    return [{ path, message: `must be a list of 1 to ${rule.most} buttons` }];
  return buttons.flatMap((button: unknown, at) => buttonFaults(button, `${path}.${at}`, rule));
}

function buttonFaults(button: unknown, path: string, rule: typeof top): Fault[] {
  if (typeof button !== 'object' || button === null || Array.isArray(button)) return [{ path, message: 'must be a button' }];
  const given = button as Record<string, unknown>;
  const faults = [
    ...textFaults(given['name'], `${path}.name`, rule.nameBytes),
    ...Object.keys(given)
      .filter((name) => !known.includes(name))
      .map((name) => ({ path: `${path}.${name}`, message: 'is not known' })),
  ];
  // WeChat itself writes an empty list into buttons without sub-buttons.
  const opens = Array.isArray(given['sub_button']) ? given['sub_button'].length > 0 : given['sub_button'] !== undefined;
  if (!opens) return [...faults, ...actionFaults(given, path)];
  if (rule === inner) return [...faults, { path: `${path}.sub_button`, message: 'must not be inside another' }];
  return [...faults, ...menuFaults(given['sub_button'], `${path}.sub_button`, inner)];
}

function actionFaults(given: Record<string, unknown>, path: string): Fault[] {
  const { type } = given;
  if (typeof type !== 'string' || !Object.hasOwn(must, type))
    return [{ path: `${path}.type`, message: `must be one of ${buttonTypes.join(', ')}, or the button opens others` }];
  return (must[type] ?? []).flatMap((name) => textFaults(given[name], `${path}.${name}`, bytesMax[name] ?? 512));
}

function textFaults(value: unknown, path: string, most: number): Fault[] {
  if (typeof value === 'string' && value.trim() !== '' && Buffer.byteLength(value) <= most) return [];
  return [{ path, message: `must be a text of 1 to ${most} bytes` }];
}
