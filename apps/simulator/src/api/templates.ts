import { textField } from '../call.js';
import { type Endpoint, json, ok } from '../endpoint.js';
import { Refusal } from '../refusal.js';

const industry = { primary_industry: 'IT科技', deputy_industry: '互联网|电子商务' };
const templatesMax = 25;

/** https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Template_Message_Interface.html */
export const privateTemplates: Endpoint = {
  verb: 'GET',
  path: '/cgi-bin/template/get_all_private_template',
  caller: 'token',
  answer(call, app) {
    if (app.kind !== 'official_account' || !app.verified) throw new Refusal(48001);
    const list = call.world.templates.of(app).map(({ id, title, content, example }) => ({
      template_id: id,
      title,
      ...industry,
      content,
      example,
    }));
    return json(call, { template_list: list });
  },
};

export const addTemplate: Endpoint = {
  verb: 'POST',
  path: '/cgi-bin/template/api_add_template',
  caller: 'token',
  answer(call, app) {
    if (app.kind !== 'official_account' || !app.verified) throw new Refusal(48001);
    const body = call.json();
    const short = textField(body, 'template_id_short');
    const names = body['keyword_name_list'];
    if (!short || !Array.isArray(names) || names.length === 0) throw new Refusal(40246);
    if (call.world.templates.of(app).length >= templatesMax) throw new Refusal(45026);
    const id = call.world.chance.urlSafe(43);
    const content = names.map((name, at) => `${String(name)}：{{thing${at + 1}.DATA}}\n`).join('');
    call.world.templates.add(app, { id, title: `模板 ${short}`, content, example: '', consent: 'once' });
    return ok(call, { template_id: id });
  },
};

export const deleteTemplate: Endpoint = {
  verb: 'POST',
  path: '/cgi-bin/template/del_private_template',
  caller: 'token',
  answer(call, app) {
    if (!call.world.templates.remove(app, textField(call.json(), 'template_id') ?? '')) throw new Refusal(40037);
    return ok(call);
  },
};

/** Of subscribe messages, for accounts and mini programs alike. A wrong verb is answered with errcode 404 here. */
export const subscribeTemplates: Endpoint = {
  verb: 'GET',
  path: '/wxaapi/newtmpl/gettemplate',
  caller: 'token',
  answer(call, app) {
    const data = call.world.templates.of(app).map(({ id, title, content, example, consent }) => ({
      priTmplId: id,
      title,
      content,
      example,
      type: consent === 'once' ? 2 : 3,
    }));
    return ok(call, { data });
  },
};
