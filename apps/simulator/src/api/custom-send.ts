import { objectField, textField } from '../call.js';
import { type Endpoint, ok } from '../endpoint.js';
import { recipientOf } from '../message-rules.js';
import { Refusal } from '../refusal.js';

type Content = Readonly<Record<string, unknown>>;

const longestText = 2048;

/** What each type wants in its object. https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Service_Center_messages.html */
const checks: Readonly<Record<string, (content: Content) => void>> = {
  text(content) {
    const text = textField(content, 'content') ?? '';
    if (text === '') throw new Refusal(44004);
    if (Buffer.byteLength(text) > longestText) throw new Refusal(45002);
  },
  image: (content) => wantMedia(content, 'media_id'),
  voice: (content) => wantMedia(content, 'media_id'),
  mpnews: (content) => wantMedia(content, 'media_id'),
  mpnewsarticle: (content) => wantText(content, 'article_id'),
  wxcard: (content) => wantText(content, 'card_id'),
  video(content) {
    wantMedia(content, 'media_id');
    wantMedia(content, 'thumb_media_id');
  },
  music(content) {
    wantText(content, 'musicurl');
    wantMedia(content, 'thumb_media_id');
  },
  news(content) {
    const articles = content['articles'];
    if (!Array.isArray(articles) || articles.length === 0) throw new Refusal(44003);
    if (articles.length > 1) throw new Refusal(45008);
  },
  msgmenu(content) {
    const list = content['list'];
    if (!Array.isArray(list) || list.length === 0) throw new Refusal(40097);
  },
  miniprogrampage(content) {
    wantText(content, 'pagepath');
    wantMedia(content, 'thumb_media_id');
  },
  link(content) {
    wantText(content, 'title');
    wantText(content, 'url');
  },
};

const officialAccountOnly = ['music', 'news', 'mpnews', 'mpnewsarticle', 'msgmenu', 'wxcard', 'video', 'voice'];

export const customSend: Endpoint = {
  verb: 'POST',
  path: '/cgi-bin/message/custom/send',
  caller: 'token',
  dayLimit: { normal: 500_000, sandbox: 50_000 },
  answer(call, app) {
    const body = call.json();
    const type = textField(body, 'msgtype') ?? '';
    const check = Object.hasOwn(checks, type) ? checks[type] : undefined;
    if (!check) throw new Refusal(40008);
    if (app.kind === 'website') throw new Refusal(48001);
    if (app.kind === 'mini_program' ? officialAccountOnly.includes(type) : type === 'link') throw new Refusal(48008);
    const { person, openid } = recipientOf(call, app, body);
    check(objectField(body, type));
    if (person.refusesMessages) throw new Refusal(48002);
    call.world.windows.spend(app.appid, openid);
    call.world.outbox.put({ appid: app.appid, openid, kind: 'custom', body });
    return ok(call);
  },
};

export const customTyping: Endpoint = {
  verb: 'POST',
  path: '/cgi-bin/message/custom/typing',
  caller: 'token',
  answer(call, app) {
    const body = call.json();
    const { openid } = recipientOf(call, app, body);
    if (!['Typing', 'CancelTyping'].includes(textField(body, 'command') ?? '')) throw new Refusal(45072);
    if (!call.world.windows.saidSomethingWithin(30, app.appid, openid)) throw new Refusal(45080);
    return ok(call);
  },
};

function wantText(content: Content, name: string): void {
  if (!textField(content, name)) throw new Refusal(40097);
}

/** Nothing is uploaded here: what people sent counts as media, and any id of that look. */
function wantMedia(content: Content, name: string): void {
  const id = textField(content, name);
  if (!id) throw new Refusal(41006);
  if (!/^[\w-]{10,}$/.test(id)) throw new Refusal(40007);
}
