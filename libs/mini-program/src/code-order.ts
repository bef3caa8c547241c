import { Flag, OneOf, Passes, Text, Whole, field } from '#api';
import type { Fault } from '#errors';
import type { CodeKind, WechatParameters } from '#wechat';
import { IsString } from 'class-validator';

const kinds = ['unlimited', 'limited', 'legacy'] as const;
const versions = ['release', 'trial', 'develop'];
/** WeChat decodes the scene as a URL component, and takes no percent sign in it. */
const scenePattern = /^[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}$/;

const isColour = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return false;
  const given = value as Record<string, unknown>;
  return Object.keys(given).every((name) => 'rgb'.includes(name)) && ['r', 'g', 'b'].every((name) => isPart(given[name]));
};
const isPart = (value: unknown): boolean =>
  (typeof value === 'number' || typeof value === 'string') && /^\d{1,3}$/.test(String(value)) && Number(value) <= 255;

/** WeChat's own parameters, and which of its three calls they are for. */
export class CodeImageRequest {
  @OneOf(
    kinds,
    '`unlimited`: a page and a scene of 32 characters, any number of codes, 5,000 a minute. `limited`: a path of 1,024. `legacy`: the square code, a path of 128. The last two have 100,000 together, for ever',
    { example: 'unlimited' },
  )
  type!: CodeKind;
  @field(
    { description: '`unlimited`: what the page reads as its scene', optional: 'or null', example: 'shop=17' },
    { type: String, pattern: scenePattern.source },
    IsString(),
  )
  scene?: string;
  @Text('`unlimited`: no slash before, no query', { optional: 'or null', max: 1_024, example: 'pages/shop/shop' }) page?: string;
  @field(
    { description: '`limited` and `legacy`: the page with its query', optional: 'or null', example: 'pages/shop/shop?id=17' },
    { type: String, maxLength: 1_024 },
    IsString(),
  )
  path?: string;
  @Flag('`unlimited`: false for a page that is not released yet', { optional: 'or null', default: true }) check_path?: boolean;
  @OneOf(versions, { optional: 'or null', default: 'release' }) env_version?: string;
  @Whole({ optional: 'or null', min: 280, max: 1_280, default: 430 }) width?: number;
  @Flag({ optional: 'or null', default: false }) auto_color?: boolean;
  @field(
    { optional: 'or null', example: { r: 0, g: 0, b: 0 } },
    {
      type: 'object',
      properties: Object.fromEntries(['r', 'g', 'b'].map((name) => [name, { type: 'integer', minimum: 0, maximum: 255 }])),
      required: ['r', 'g', 'b'],
      additionalProperties: false,
    },
    Passes(isColour, 'must be {"r", "g", "b"}, each from 0 to 255'),
  )
  line_color?: object;
  @Flag('Transparent: the image is a PNG', { optional: 'or null', default: false }) is_hyaline?: boolean;
}

const styles = ['width', 'auto_color', 'line_color', 'is_hyaline'];
const fields: Record<CodeKind, readonly string[]> = {
  unlimited: ['scene', 'page', 'check_path', 'env_version', ...styles],
  limited: ['path', 'env_version', ...styles],
  legacy: ['path', 'width'],
};

/** What WeChat would refuse, told before it is asked, with the name of the field. */
export function codeFaults(order: CodeImageRequest): Fault[] {
  const given = Object.entries(order).flatMap(([name, value]) => (value === undefined || name === 'type' ? [] : [name]));
  return [
    ...given
      .filter((name) => !fields[order.type].includes(name))
      .map((path) => ({ path, message: `has no meaning for a code of the type ${order.type}` })),
    ...(order.type === 'unlimited' ? sceneFaults(order) : pathFaults(order, order.type === 'legacy' ? 128 : 1_024)),
  ];
}

function sceneFaults({ scene = '', page = '' }: CodeImageRequest): Fault[] {
  const faults: Fault[] = [];
  if (!scenePattern.test(scene))
    faults.push({ path: 'scene', message: "must have 1 to 32 characters: letters, digits, and !#$&'()*+,/:;=?@-._~" });
  if (page.startsWith('/') || page.includes('?'))
    faults.push({ path: 'page', message: 'must have no slash before it and no query' });
  return faults;
}

function pathFaults({ path = '' }: CodeImageRequest, most: number): Fault[] {
  const length = [...path].length;
  if (length < 1 || length > most) return [{ path: 'path', message: `must have 1 to ${most} characters` }];
  return path.includes('scancode_time') ? [{ path: 'path', message: 'must not hold scancode_time, a word of WeChat' }] : [];
}

export function parametersOf(order: CodeImageRequest): WechatParameters {
  const parameters: Partial<CodeImageRequest> = { ...order };
  delete parameters.type;
  return { ...parameters };
}
