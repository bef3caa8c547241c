import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { Fault } from '#errors';
import type { CodeKind, WechatParameters } from '#wechat';
import { IsBoolean, IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min, ValidateBy } from 'class-validator';

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
  @ApiProperty({
    description:
      '`unlimited`: a page and a scene of 32 characters, any number of codes, 5,000 a minute. `limited`: a path of 1,024. `legacy`: the square code, a path of 128. The last two have 100,000 together, for ever',
    enum: kinds,
    example: 'unlimited',
  })
  @IsIn(kinds)
  type!: CodeKind;

  @ApiPropertyOptional({
    description: '`unlimited`: what the page reads as its scene',
    pattern: scenePattern.source,
    example: 'shop=17',
  })
  @IsOptional()
  @IsString()
  scene?: string;

  @ApiPropertyOptional({ description: '`unlimited`: no slash before, no query', maxLength: 1_024, example: 'pages/shop/shop' })
  @IsOptional()
  @IsString()
  @MaxLength(1_024)
  page?: string;

  @ApiPropertyOptional({
    description: '`limited` and `legacy`: the page with its query',
    maxLength: 1_024,
    example: 'pages/shop/shop?id=17',
  })
  @IsOptional()
  @IsString()
  path?: string;

  @ApiPropertyOptional({ description: '`unlimited`: false for a page that is not released yet', default: true })
  @IsOptional()
  @IsBoolean()
  check_path?: boolean;

  @ApiPropertyOptional({ enum: versions, default: 'release' })
  @IsOptional()
  @IsIn(versions)
  env_version?: string;

  @ApiPropertyOptional({ type: 'integer', minimum: 280, maximum: 1_280, default: 430 })
  @IsOptional()
  @IsInt()
  @Min(280)
  @Max(1_280)
  width?: number;

  @ApiPropertyOptional({ default: false })
  @IsOptional()
  @IsBoolean()
  auto_color?: boolean;

  @ApiPropertyOptional({
    type: 'object',
    properties: Object.fromEntries(['r', 'g', 'b'].map((name) => [name, { type: 'integer', minimum: 0, maximum: 255 }])),
    required: ['r', 'g', 'b'],
    additionalProperties: false,
    example: { r: 0, g: 0, b: 0 },
  })
  @IsOptional()
  @ValidateBy({ name: 'isColour', validator: { validate: isColour } }, { message: 'must be {"r", "g", "b"}, each from 0 to 255' })
  line_color?: object;

  @ApiPropertyOptional({ description: 'Transparent: the image is a PNG', default: false })
  @IsOptional()
  @IsBoolean()
  is_hyaline?: boolean;
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
