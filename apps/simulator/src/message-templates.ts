import { Refusal } from './refusal.js';

/** A template as an account chose it in WeChat's console: `{{thing1.DATA}}` names a value and, by its letters, its type. */
export interface MessageTemplate {
  readonly id: string;
  readonly title: string;
  readonly content: string;
  readonly example: string;
  /** Of subscribe messages: whether a consent is good for one message or for many. */
  readonly consent: 'once' | 'long-term';
}

export const demoTemplates: Readonly<Record<string, readonly MessageTemplate[]>> = {
  official_account: [
    {
      id: 'simulator-order-shipped-0000000000000000001',
      title: '订单发货通知',
      content: '订单编号：{{character_string1.DATA}}\n商品名称：{{thing2.DATA}}\n发货时间：{{time3.DATA}}\n',
      example: '订单编号：20260101-1\n商品名称：茶杯\n发货时间：2026年1月1日 15:01\n',
      consent: 'once',
    },
    {
      id: 'simulator-appointment-00000000000000000002',
      title: '预约成功通知',
      content: '预约人：{{name1.DATA}}\n联系电话：{{phone_number2.DATA}}\n金额：{{amount3.DATA}}\n状态：{{phrase4.DATA}}\n',
      example: '预约人：李雷\n联系电话：13900000000\n金额：¥12.50\n状态：已确认\n',
      consent: 'once',
    },
  ],
  mini_program: [
    {
      id: 'simulator-subscribe-once-000000000000000003',
      title: '取餐提醒',
      content: '取餐号：{{number1.DATA}}\n门店：{{thing2.DATA}}\n',
      example: '取餐号：17\n门店：一号店\n',
      consent: 'once',
    },
    {
      id: 'simulator-subscribe-always-0000000000000004',
      title: '政务办理进度提醒',
      content: '事项：{{thing1.DATA}}\n日期：{{date2.DATA}}\n',
      example: '事项：证件办理\n日期：2026年1月1日\n',
      consent: 'long-term',
    },
  ],
};

/** https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-message-management/subscribe-message/sendMessage.html */
const rules: Readonly<Record<string, RegExp>> = {
  thing: /^.{1,20}$/u,
  number: /^-?\d{1,32}(\.\d+)?$/,
  letter: /^[A-Za-z]{1,32}$/,
  symbol: /^[^\p{L}\p{N}]{1,5}$/u,
  character_string: /^[\x20-\x7e]{1,32}$/,
  time: /^(\d{4}年\d{1,2}月\d{1,2}日 |\d{4}-\d{2}-\d{2} )?\d{1,2}:\d{2}(:\d{2})?(~(\d{4}年\d{1,2}月\d{1,2}日 |\d{4}-\d{2}-\d{2} )?\d{1,2}:\d{2})?$/,
  date: /^\d{4}(年\d{1,2}月\d{1,2}日|-\d{2}-\d{2})( \d{1,2}:\d{2}(:\d{2})?)?$/,
  amount: /^\D{0,3}\d{1,10}(\.\d{1,2})?元?$/,
  phone_number: /^[\d+() -]{1,17}$/,
  car_number: /^.{1,8}$/u,
  name: /^(\p{Script=Han}{1,10}|[A-Za-z .]{1,20}|[^\p{Script=Han}]{1,20})$/u,
  phrase: /^\p{Script=Han}{1,5}$/u,
};

/** WeChat names the first value that breaks its rule; its spelling of "empty" is its own. */
export function checkValues(template: MessageTemplate, data: Readonly<Record<string, unknown>>): void {
  for (const [, key = ''] of template.content.matchAll(/\{\{(\w+)\.DATA\}\}/g)) {
    const value = valueOf(data[key]);
    if (value === '') throw new Refusal(47003, `argument invalid! data.${key}.value is emtpy`);
    if (!(rules[key.replace(/\d+$/, '')] ?? /./u).test(value))
      throw new Refusal(47003, `argument invalid! data.${key}.value invalid`);
  }
}

function valueOf(entry: unknown): string {
  const value = typeof entry === 'object' && entry !== null ? (entry as { value?: unknown }).value : undefined;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
