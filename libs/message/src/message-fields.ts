import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsAppid, IsOpaque, exampleOpenid, opaquePattern } from '#api';
import { IsOptional, IsString, Length, Matches, ValidateBy } from 'class-validator';

/** Of the sandbox, as the data below. */
export const exampleTemplateId = 'simulator-order-shipped-0000000000000000001';

/** The fields that messages share, in WeChat's own names. */

export const Touser = (): PropertyDecorator =>
  applyDecorators(
    ApiProperty({ description: 'The openid of the person', pattern: opaquePattern.source, example: exampleOpenid }),
    IsOpaque(),
  );

export const TemplateId = (): PropertyDecorator =>
  applyDecorators(
    ApiProperty({
      description: 'One of `…/templates`',
      pattern: opaquePattern.source,
      example: exampleTemplateId,
    }),
    IsOpaque(),
  );

const valueSchema = {
  type: 'object',
  required: ['value'],
  properties: { value: { oneOf: [{ type: 'string', maxLength: 2_000 }, { type: 'number' }] }, color: { type: 'string' } },
};

export const TemplateData = (): PropertyDecorator =>
  applyDecorators(
    ApiProperty({
      description: 'A value for each field of the template',
      type: 'object',
      additionalProperties: valueSchema,
      example: {
        character_string1: { value: '4711' },
        thing2: { value: '茶杯' },
        time3: { value: '2026年1月31日 15:01' },
      },
    }),
    ValidateBy(
      { name: 'isTemplateData', validator: { validate: isTemplateData } },
      { message: 'must map 1 to 30 names of fields to {"value": a text or number}' },
    ),
  );

function isTemplateData(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const fields = Object.entries(value as Record<string, unknown>);
  return fields.length >= 1 && fields.length <= 30 && fields.every(([name, one]) => /^\w{1,64}$/.test(name) && isValue(one));
}

function isValue(entry: unknown): boolean {
  if (typeof entry !== 'object' || entry === null) return false;
  const { value, color, ...rest } = entry as Record<string, unknown>;
  const isText = typeof value === 'string' && value.length <= 2_000;
  const isColour = color === undefined || (typeof color === 'string' && color.length <= 20);
  return (isText || Number.isFinite(value)) && isColour && Object.keys(rest).length === 0;
}

export class MiniProgramTarget {
  @ApiProperty({ example: 'wxdec0de0000000002' })
  @IsAppid()
  appid!: string;

  @ApiPropertyOptional({ description: 'The page, with its query', maxLength: 1_024, example: 'pages/order/order?id=4711' })
  @IsOptional()
  @IsString()
  @Length(1, 1_024)
  pagepath?: string;
}

export const ClientMsgId = (): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({
      description: 'Your own name of this message: for a day, the same one to the same person sends nothing more',
      pattern: '^[\\x21-\\x7e]{1,32}$',
      example: 'order-4711',
    }),
    IsOptional(),
    Matches(/^[\x21-\x7e]{1,32}$/, { message: 'must be 1 to 32 printable characters without spaces' }),
  );
