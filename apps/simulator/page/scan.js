/* global URLSearchParams */
import { control, element, find } from '/_sim/page/dom.js';
import { word } from '/_sim/page/words.js';

let doors;

export async function showCodes() {
  const codes = await control('GET', '/_sim/qr-codes');
  const rows = codes.reverse().map((code) => {
    const image = element('img', {
      src: '/_sim/page/qr?' + new URLSearchParams({ text: code.content }),
      alt: '',
      width: 64,
      height: 64,
      loading: 'lazy',
    });
    const title = code.kind === 'account' ? String(code.scene) : word('kind_website');
    const button = element(
      'button',
      {},
      image,
      element('span', {}, element('b', { textContent: title }), element('small', { textContent: code.content })),
    );
    button.onclick = () => void scan(code.content);
    return element('li', {}, button);
  });
  find('codes').replaceChildren(
    ...(rows.length > 0 ? rows : [element('li', { className: 'note', textContent: word('noCodes') })]),
  );
}

async function scan(content) {
  const result = await control('POST', `/_sim/people/${find('person').value}/scan`, { content, wait: false });
  const said = find('scan-result');
  said.textContent = '';
  if (result.kind === 'event') said.textContent = `${word('scanned')}: ${result.push.label}`;
  if (result.kind === 'expired') said.textContent = word('expired');
  if (result.kind === 'text') said.textContent = word('isText') + result.text;
  if (result.kind === 'website_login') await doors.openLink('/connect/confirm?uuid=' + result.uuid);
  if (result.kind === 'link') await doors.openLink(result.url);
  doors.refresh();
}

export function startScan(given) {
  doors = given;
  find('scan-form').onsubmit = (event) => {
    event.preventDefault();
    const content = find('content').value.trim();
    if (content) void scan(content);
  };
}
