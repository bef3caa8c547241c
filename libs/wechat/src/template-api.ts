import { Injectable } from '@nestjs/common';
import type { WechatAnswer } from './wechat-answer.js';
import type { CallingApp } from './wechat-app.js';
import { WechatHttp } from './wechat-http.js';

export interface MessageTemplate {
  readonly id: string;
  readonly title: string;
  readonly content: string;
  readonly example: string;
  /** The names of its values, whose letters say what they may hold: `thing1`, `time2`. */
  readonly fields: readonly string[];
  /** Of a subscribe message: whether a consent is good for one message or for many. */
  readonly consent: 'once' | 'long_term' | null;
}

const longTerm = 3;

/** The templates that an account holds: of template messages, and of subscribe messages. */
@Injectable()
export class WechatTemplateApi {
  constructor(private readonly http: WechatHttp) {}

  async ofTemplateMessages({ appid, proxy, accessToken }: CallingApp): Promise<MessageTemplate[]> {
    const path = '/cgi-bin/template/get_all_private_template';
    const answer = await this.http.call({ appid, proxy, path, query: { access_token: accessToken } });
    return answer.objects('template_list').map((one) => templateOf(one, { idName: 'template_id', consent: null }));
  }

  async ofSubscribeMessages({ appid, proxy, accessToken }: CallingApp): Promise<MessageTemplate[]> {
    const path = '/wxaapi/newtmpl/gettemplate';
    const answer = await this.http.call({ appid, proxy, path, query: { access_token: accessToken } });
    return answer.objects('data').map((one) => {
      const consent = one.number('type') === longTerm ? 'long_term' : 'once';
      return templateOf(one, { idName: 'priTmplId', consent });
    });
  }
}

function templateOf(answer: WechatAnswer, about: { idName: string; consent: MessageTemplate['consent'] }): MessageTemplate {
  const content = answer.optionalText('content') ?? '';
  return {
    id: answer.text(about.idName),
    title: answer.optionalText('title') ?? '',
    content,
    example: answer.optionalText('example') ?? '',
    fields: [...content.matchAll(/\{\{\s*(\w+)\.DATA\s*\}\}/g)].map(([, name = '']) => name),
    consent: about.consent,
  };
}
