import { control, element, find } from '/_sim/page/dom.js';
import { word } from '/_sim/page/words.js';

const shown = 6;

/** Each app with its newest tokens, alive and dead. */
export async function showApps(apps) {
  const [clock, platforms, ...whole] = await Promise.all([
    control('GET', '/_sim/clock'),
    control('GET', '/_sim/platforms'),
    ...apps.map(({ appid }) => control('GET', `/_sim/apps/${appid}`)),
  ]);
  const authorizers = await Promise.all(platforms.map(({ appid }) => control('GET', `/_sim/platforms/${appid}/authorizers`)));
  find('apps').replaceChildren(
    ...whole.map((app) => card(app, clock.unix_seconds)),
    ...platforms.map((platform, index) => platformCard(platform, authorizers[index])),
  );
}

/** A third-party platform, and who has authorised it for what. */
function platformCard(platform, authorizers) {
  const title = element('h3', { textContent: platform.name }, ' ', element('small', { textContent: word('kind_platform') }));
  const events = platform.event_url ? `→ ${platform.event_url}` : word('noCallback');
  const lines = [platform.appid, events, ...authorizers.map((one) => `${one.appid}: ${one.permission_sets.join(' ')}`)];
  return element('article', {}, title, ...lines.map((text) => element('p', { className: 'mono', textContent: text })));
}

function card(app, now) {
  const callback =
    app.kind === 'website' ? [] : [app.callback.url ? `${app.callback.mode} → ${app.callback.url}` : word('noCallback')];
  const lines = [app.appid, ...callback].map((text) => element('p', { className: 'mono', textContent: text }));
  const title = element('h3', { textContent: app.name }, ' ', element('small', { textContent: word(`kind_${app.kind}`) }));
  return element('article', {}, title, ...lines, ...(app.kind === 'website' ? [] : tokens(app, now)));
}

function tokens(app, now) {
  const newest = app.tokens.slice(-shown).reverse();
  if (newest.length === 0) return [element('p', { className: 'note', textContent: word('noTokens') })];
  const rows = newest.map((token) => {
    const left = Math.min(token.expires_at, token.dies_at ?? Infinity) - now;
    const state = token.alive ? `${word('alive')} ${left} s` : word('dead');
    return element(
      'li',
      { className: token.alive ? 'alive' : 'dead' },
      element('span', { textContent: token.line }),
      element('code', { textContent: `${token.value.slice(0, 12)}…` }),
      element('span', { className: 'state', textContent: state }),
    );
  });
  const lines = [...new Set(app.tokens.filter(({ alive }) => alive).map(({ line }) => line))];
  const kills = lines.map((line) => {
    const button = element('button', { textContent: `${word('kill')}: ${line}` });
    button.onclick = async () => {
      await control('POST', `/_sim/apps/${app.appid}/kill-tokens`, { line });
      await showApps(await control('GET', '/_sim/apps'));
    };
    return button;
  });
  return [element('ul', { className: 'tokens' }, ...rows), ...kills];
}
