import { control, element, find } from '/_sim/page/dom.js';
import { word } from '/_sim/page/words.js';

const choice = () => find('chat-app');
const person = () => find('person').value;
let openLink;

export function chooseApps(apps) {
  const chosen = choice().value;
  const talking = apps.filter(({ kind }) => kind !== 'website');
  choice().replaceChildren(...talking.map(({ appid, name }) => element('option', { value: appid, textContent: name })));
  choice().value = talking.some(({ appid }) => appid === chosen) ? chosen : (talking[0]?.appid ?? '');
}

export async function showChat() {
  const [pushes, sent, people] = await Promise.all([
    control('GET', `/_sim/people/${person()}/chat?appid=${choice().value}`),
    control('GET', `/_sim/people/${person()}/inbox?appid=${choice().value}`),
    control('GET', '/_sim/people'),
  ]);
  const account = people.find(({ id }) => id === person())?.accounts.find(({ appid }) => appid === choice().value);
  find('follow').textContent = word(account?.follows ? 'unfollow' : 'follow');
  find('follow').dataset.action = account?.follows ? 'unfollow' : 'follow';
  const list = find('messages');
  const lines = [
    ...pushes.map((push) => ({ at: timeOf(push), shown: () => bubbles(push) })),
    ...sent.map((message) => ({ at: message.at + 0.3, shown: () => [received(message)] })),
  ];
  list.replaceChildren(...lines.sort((a, b) => a.at - b.at).flatMap(({ shown }) => shown()));
  list.scrollTop = list.scrollHeight;
}

/** Times are whole seconds. Within one, people ask, accounts answer, and WeChat reports. */
const timeOf = ({ message }) => Number(message.CreateTime) + (message.Event === 'TEMPLATESENDJOBFINISH' ? 0.6 : 0);

function bubbles(push) {
  const { message } = push;
  const mine =
    message.MsgType === 'event'
      ? element('li', { className: 'event', textContent: [message.Event, message.EventKey].filter(Boolean).join(' · ') })
      : element('li', { className: 'mine', textContent: message.Content ?? `[${message.MsgType}]` });
  return [mine, ...answers(push)];
}

/** A message that the account sent by itself. */
function received({ kind, body }) {
  const bubble = (...inside) => element('li', { className: 'theirs' }, ...inside);
  if (kind === 'custom') return bubble(...(body.msgtype === 'text' ? withLinks(body.text.content) : [`[${body.msgtype}]`]));
  const values = Object.values(body.data ?? {}).map(({ value }) => element('div', { textContent: value }));
  return bubble(...values, ...(body.url ? [link(body.url, body.url)] : []));
}

function answers({ state, reply }) {
  if (reply) return [element('li', { className: 'theirs' }, ...content(reply))];
  if (state === 'delivered') return [];
  const said = { sending: 'sending', held: 'held', no_callback: 'unheard' }[state] ?? 'failed';
  return [element('li', { className: 'note', textContent: word(said) })];
}

function content(reply) {
  if (reply.MsgType === 'text') return withLinks(reply.Content);
  if (reply.MsgType !== 'news') return [`[${reply.MsgType}]`];
  return [reply.Articles?.item ?? []].flat().map((item) => link(item.Url, item.Title));
}

const withLinks = (text) => text.split(/(https?:\/\/[^\s"'<>，。]+)/).map((part, at) => (at % 2 ? link(part, part) : part));

function link(address, text) {
  const made = element('a', { href: address, textContent: text });
  made.onclick = (event) => {
    event.preventDefault();
    void openLink(address);
  };
  return made;
}

export function startChat(doors) {
  openLink = doors.openLink;
  const act = async (action, body) => {
    await control('POST', `/_sim/people/${person()}/${action}`, { appid: choice().value, wait: false, ...body });
    doors.refresh();
  };
  choice().onchange = () => void showChat();
  find('follow').onclick = () => act(find('follow').dataset.action, {});
  find('say').onsubmit = (event) => {
    event.preventDefault();
    const text = find('words').value;
    find('words').value = '';
    if (text) void act('say', { text });
  };
  find('tap').onsubmit = (event) => {
    event.preventDefault();
    const key = find('menu-key').value;
    if (/^https?:/.test(key)) void openLink(key);
    void act('tap', /^https?:/.test(key) ? { url: key } : { key });
  };
}
