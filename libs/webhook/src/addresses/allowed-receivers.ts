import { isIP } from 'node:net';
import { type IpAddress, plainAddress } from '#access';
import ipaddr from 'ipaddr.js';
import type { Endpoint } from './database-endpoints.js';

/** What the operator lists: ranges of addresses, or a single receiver by host and port. */
export class AllowedReceivers {
  private readonly ranges: [IpAddress, number][] = [];
  private readonly receivers: Endpoint[] = [];

  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const [, host, port] = /^\[?(.+?)\]?:(\d+)$/.exec(entry) ?? [];
      if (host !== undefined && port !== undefined && isIP(entry.split('/')[0] ?? '') === 0)
        this.receivers.push({ host: host.toLowerCase(), port: Number(port) });
      else this.ranges.push(entry.includes('/') ? ipaddr.parseCIDR(entry) : whole(ipaddr.parse(entry)));
    }
  }

  hold(address: IpAddress, { host, port }: Endpoint): boolean {
    const isListed = (one: Endpoint): boolean =>
      one.port === port &&
      (one.host === host || (isIP(one.host) !== 0 && plainAddress(one.host).toString() === address.toString()));
    return (
      this.receivers.some(isListed) ||
      this.ranges.some((range) => range[0].kind() === address.kind() && address.match(range[0], range[1]))
    );
  }
}

const whole = (address: IpAddress): [IpAddress, number] => [address, address.kind() === 'ipv4' ? 32 : 128];
