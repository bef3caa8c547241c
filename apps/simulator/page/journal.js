/* global window */
import { control, element, find } from '/_sim/page/dom.js';
import { word } from '/_sim/page/words.js';

const most = 200;
const list = () => find('journal');
let entries = [];

/** A line for each request and push attempt, newest first; a click opens it. */
function row(entry) {
  const failed =
    entry.kind === 'push'
      ? !['success', 'empty', 'reply'].includes(entry.outcome)
      : entry.errcode !== 0 || !entry.status || entry.status >= 400;
  const what = entry.kind === 'push' ? `${word('push')} ${entry.label} #${entry.attempt}` : `${entry.method} ${entry.path}`;
  const how = entry.kind === 'push' ? entry.outcome : (entry.fault ?? (entry.errcode || entry.status));
  const summary = element(
    'summary',
    {},
    element('time', { textContent: new Date(entry.at).toLocaleTimeString('en-GB') }),
    element('span', { className: 'what', textContent: what }),
    element('span', { className: 'how', textContent: String(how) }),
  );
  const details = element('details', {}, summary);
  details.ontoggle = () => void (details.open && details.childElementCount === 1 && details.append(text(entry)));
  return element('li', { className: `${entry.kind}${failed ? ' failed' : ''}` }, details);
}

const text = (entry) => element('pre', { textContent: JSON.stringify(entry, null, 1) });

function draw() {
  const rows = entries.slice(-most).reverse().map(row);
  list().replaceChildren(...(rows.length > 0 ? rows : [element('li', { className: 'note', textContent: word('quiet') })]));
}

export function startJournal(live, refresh) {
  live.onopen = async () => {
    entries = await control('GET', '/_sim/journal');
    draw();
  };
  live.onmessage = ({ data }) => {
    const entry = JSON.parse(data);
    if (entries.at(-1)?.seq >= entry.seq) return;
    entries.push(entry);
    if (entries.length === 1) draw();
    else list().prepend(row(entry));
    while (list().childElementCount > most) list().lastElementChild.remove();
    refresh();
  };
  window.addEventListener('words', draw);
}
