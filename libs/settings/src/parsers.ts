import { BlockList, isIP } from 'node:net';

/** Thrown by a parser; the text completes the sentence "PORT …". */
export class BadValue extends Error {}

export const text = (value: string): string => value;

export function wholeNumber(range: { least: number; most: number }): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < range.least || number > range.most)
      throw new BadValue(`must be a whole number from ${range.least} to ${range.most}`);
    return number;
  };
}

export function flag(value: string): boolean {
  if (/^(true|1|yes|on)$/i.test(value)) return true;
  if (/^(false|0|no|off)$/i.test(value)) return false;
  throw new BadValue('must be true or false');
}

export function oneOf<T extends string>(...choices: T[]): (value: string) => T {
  return (value) => {
    const choice = choices.find((one) => one === value);
    if (choice === undefined) throw new BadValue(`must be one of ${choices.join(', ')}`);
    return choice;
  };
}

/** Scheme, host and port only: a path would be lost when we build addresses from it. */
export function origin(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new BadValue('must be an http or https address such as https://wx.example.com');
  if (url.username || url.password) throw new BadValue('must not hold a user name or password');
  if (url.pathname !== '/' || url.search || url.hash) throw new BadValue('must have no path, query or fragment');
  return url.origin;
}

export function postgresUrl(value: string): string {
  if (!/^postgres(ql)?:\/\/./.test(value) || !URL.canParse(value))
    throw new BadValue('must be a PostgreSQL address such as postgres://user:password@host:5432/gateway');
  return value;
}

export function masterKeys(value: string): readonly Buffer[] {
  return value.split(',').map((one) => {
    const key = Buffer.from(one.trim(), 'base64');
    if (key.length !== 32 || key.toString('base64').replace(/=+$/, '') !== one.trim().replace(/=+$/, ''))
      throw new BadValue(
        'must be 32 bytes in base64, or several such keys with commas between; `openssl rand -base64 32` makes one',
      );
    return key;
  });
}

export function adminToken(value: string): string {
  if (!/^[\x21-\x7e]{32,512}$/.test(value))
    throw new BadValue('must have at least 32 characters, without spaces; `openssl rand -hex 32` makes one');
  return value;
}

export function list(value: string): readonly string[] {
  return value
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);
}

export function networks(value: string): readonly string[] {
  const all = list(value);
  for (const one of all)
    if (!isNetwork(one)) throw new BadValue(`holds ${one}, which is neither an address nor a range such as 10.0.0.0/8`);
  return all;
}

/** Ranges of addresses, and single receivers by host and port. */
export function receivers(value: string): readonly string[] {
  const all = list(value);
  for (const one of all)
    if (!isNetwork(one) && !isHostAndPort(one))
      throw new BadValue(`holds ${one}, which is neither a range such as 10.0.0.0/8 nor a receiver such as shop.internal:8080`);
  return all;
}

function isHostAndPort(value: string): boolean {
  const [, host = '', port] = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]{1,253}):(\d{1,5})$/i.exec(value) ?? [];
  if (host.startsWith('[') && isIP(host.slice(1, -1)) !== 6) return false;
  return port !== undefined && Number(port) >= 1 && Number(port) <= 65_535;
}

export function isNetwork(value: string): boolean {
  const [address = '', bits, ...rest] = value.split('/');
  const version = isIP(address);
  // A zone (fe80::1%eth0) belongs to one machine, so no range can hold it.
  if (version === 0 || address.includes('%') || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

export function blockList(ranges: readonly string[]): BlockList {
  const all = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    all.addSubnet(address, Number(bits ?? (family === 'ipv4' ? 32 : 128)), family);
  }
  return all;
}

/** If two ranges share an address, one contains the other. */
export function overlap(one: string, other: string): boolean {
  const holds = (range: string, [address = '']: string[]): boolean =>
    blockList([range]).check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
  return holds(one, other.split('/')) || holds(other, one.split('/'));
}

export const isLoopback = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i.test(host);
