import { permissionSets } from '../permission-sets.js';
import type { WechatAnswer } from '../wechat-answer.js';
import { declared } from '../wechat-call.js';

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

export const listTemplates = declared('GET', '/cgi-bin/template/get_all_private_template', 'app', {
  permissionSet: permissionSets.notices,
  gives: (answer) => answer.objects('template_list').map((one) => templateOf(one, { idName: 'template_id', consent: null })),
});

export const listSubscribeTemplates = declared('GET', '/wxaapi/newtmpl/gettemplate', 'app', {
  gives: (answer) =>
    answer.objects('data').map((one) => {
      const consent = one.number('type') === longTerm ? 'long_term' : 'once';
      return templateOf(one, { idName: 'priTmplId', consent });
    }),
});

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
