import { Appid, Opaque, Openid, Passes, Printable, Text, exampleMiniProgram, field } from '#api';

/** Of the sandbox, as the data below. */
export const exampleTemplateId = 'simulator-order-shipped-0000000000000000001';

/** The fields that messages share, in WeChat's own names. */

export const Touser = (): PropertyDecorator => Openid('The openid of the person');

export const TemplateId = (): PropertyDecorator => Opaque('One of `…/templates`', { example: exampleTemplateId });

const valueSchema = {
  type: 'object',
  required: ['value'],
  properties: { value: { oneOf: [{ type: 'string', maxLength: 2_000 }, { type: 'number' }] }, color: { type: 'string' } },
};

export const TemplateData = (): PropertyDecorator =>
  field(
    {
      description: 'A value for each field of the template',
      example: { character_string1: { value: '4711' }, thing2: { value: '茶杯' }, time3: { value: '2026年1月31日 15:01' } },
    },
    { type: 'object', additionalProperties: valueSchema },
    Passes(isTemplateData, 'must map 1 to 30 names of fields to {"value": a text or number}'),
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
  @Appid({ example: exampleMiniProgram }) appid!: string;
  @Text('The page, with its query', { optional: 'or null', min: 1, max: 1_024, example: 'pages/order/order?id=4711' })
  pagepath?: string;
}

export const ClientMsgId = (): PropertyDecorator =>
  Printable(32, 'Your own name of this message: for a day, the same one to the same person sends nothing more', {
    optional: 'or null',
    example: 'order-4711',
  });
