import type { IncomingHttpHeaders } from 'node:http';
import { isLoopbackAddress } from '#access';
import { failure } from '#errors';
import type { Settings } from '#settings';

export class HostNotLocal extends failure('forbidden', 'host_not_local', {
  en: 'The sandbox answers only under a name of this machine',
  zh: '沙箱只接受以本机名称访问',
}) {
  constructor() {
    super({
      en: 'The sandbox answers only under localhost or a loopback address (127.0.0.1, ::1), and no pages of other hosts',
      zh: '沙箱只接受以 localhost 或回环地址（127.0.0.1、::1）访问，不接受其他站点的页面',
    });
  }
}

const isReading = /^(GET|HEAD|OPTIONS)$/;

/**
 * Every page in the developer's browser can reach the sandbox, which has demo credentials only and trusts loopback. A page
 * whose name suddenly leads here (DNS rebinding) could even read the answers, but `Host` holds its name. `Origin` names other
 * pages that send requests unasked; browsers write `null` there for our own forms, which send no referrer.
 */
export function localNamesOnly({ sandbox, publicUrl }: Settings): (method: string, headers: IncomingHttpHeaders) => boolean {
  if (!sandbox) return () => true;
  // A caller who uses the name of the public address means it: a tunnel, for a phone.
  const named = new URL(publicUrl).hostname;
  const isLocal = (origin: string): boolean => {
    if (!URL.canParse(origin)) return false;
    const { hostname } = new URL(origin);
    return hostname === named || isLoopbackName(hostname);
  };
  return (method, { host, origin }) =>
    (!host || isLocal(`http://${host}`)) &&
    (isReading.test(method) || origin === undefined || origin === 'null' || isLocal(origin));
}

const isLoopbackName = (hostname: string): boolean =>
  hostname === 'localhost' || isLoopbackAddress(hostname.replace(/^\[(.*)\]$/, '$1'));
