/* global document, fetch, location, localStorage, matchMedia, setInterval, setTimeout, clearTimeout, EventSource, window, URLSearchParams */
import { showApps } from '/_sim/page/apps.js';
import { startChat, showChat, chooseApps } from '/_sim/page/chat.js';
import { control, element, find } from '/_sim/page/dom.js';
import { startJournal } from '/_sim/page/journal.js';
import { startScan, showCodes } from '/_sim/page/scan.js';
import { switchLanguage, word, writeWords } from '/_sim/page/words.js';

const person = find('person');
let clockIsStopped = false;

async function showClock() {
  const { unix_seconds, stopped } = await control('GET', '/_sim/clock');
  clockIsStopped = stopped;
  find('clock').textContent = new Date(unix_seconds * 1000).toLocaleString(document.documentElement.lang, { hour12: false });
  find('clock-toggle').textContent = word(stopped ? 'run' : 'stop');
}

async function showPeople() {
  const people = await control('GET', '/_sim/people');
  const held = /wechat_person=([\w-]+)/.exec(document.cookie)?.[1];
  person.replaceChildren(...people.map(({ id, name }) => element('option', { value: id, textContent: name })));
  person.value = people.some(({ id }) => id === held) ? held : people[0].id;
  if (person.value !== held) await holdPhone();
}

/** Every page of WeChat's in this browser learns by a cookie whose phone it is on. */
async function holdPhone() {
  await fetch('/_sim/hold-phone?' + new URLSearchParams({ person: person.value, next: '/_sim/clock' }));
}

async function showAll() {
  const apps = await control('GET', '/_sim/apps');
  chooseApps(apps);
  await Promise.all([showClock(), showApps(apps), showChat(), showCodes()]);
}

/** Many things happen at once; the panels are drawn once for all of them. */
let pending;
function refresh() {
  clearTimeout(pending);
  pending = setTimeout(() => void showAll(), 120);
}

export function showScreen(name) {
  for (const screen of document.querySelectorAll('.screen')) screen.hidden = screen.id !== name;
  for (const button of document.querySelectorAll('[data-screen]')) {
    if (button.dataset.screen === name) button.setAttribute('aria-current', 'page');
    else button.removeAttribute('aria-current');
  }
}

/** A site is opened behind a door, where it sees WeChat's User-Agent; our own pages go by the cookie. */
async function wechatAddress(address) {
  const url = new window.URL(address, location.href);
  if (/^(api|open|mp)\.weixin\.qq\.com$/.test(url.host)) return location.origin + url.pathname + url.search;
  if (url.origin === location.origin) return url.href;
  return (await control('POST', '/_sim/browser', { url: url.href })).url;
}

export async function openLink(address) {
  showScreen('browser');
  find('address').value = address;
  find('frame').src = await wechatAddress(address);
}

function applyTheme(theme) {
  document.documentElement.dataset.theme = theme;
}

find('language').onclick = () => {
  switchLanguage();
  writeWords();
  refresh();
  window.dispatchEvent(new window.Event('words'));
};
find('theme').onclick = () => {
  const now = document.documentElement.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  const next = now === 'dark' ? 'light' : 'dark';
  localStorage.setItem('theme', next);
  applyTheme(next);
};
find('reset').onclick = async () => {
  await control('POST', '/_sim/reset', { keep_callbacks: true });
  location.reload();
};
find('clock-toggle').onclick = async () => {
  await control('POST', '/_sim/clock', { stopped: !clockIsStopped });
  refresh();
};
for (const button of document.querySelectorAll('[data-advance]')) {
  button.onclick = async () => {
    await control('POST', '/_sim/clock', { advance_seconds: Number(button.dataset.advance) });
    refresh();
  };
}
for (const button of document.querySelectorAll('[data-screen]')) button.onclick = () => showScreen(button.dataset.screen);
person.onchange = async () => {
  await holdPhone();
  refresh();
};
find('go').onsubmit = (event) => {
  event.preventDefault();
  void openLink(find('address').value);
};
find('window').onclick = async () => window.open(await wechatAddress(find('address').value));

if (localStorage.getItem('theme')) applyTheme(localStorage.getItem('theme'));
writeWords();
await showPeople();
startChat({ refresh, openLink });
startScan({ refresh, openLink });
startJournal(new EventSource('/_sim/journal/live'), refresh);
await showAll();
setInterval(() => void showClock(), 5000);
document.body.dataset.ready = 'yes';
