import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { InjectDataSource } from '@nestjs/typeorm';
import { type IpAddress, plainAddress } from '#access';
import { Settings } from '#settings';
import ipaddr from 'ipaddr.js';
import { DataSource } from 'typeorm';
import { AddressForbidden } from '../webhook-errors.js';
import { kindOf } from './address-kind.js';
import { AllowedReceivers } from './allowed-receivers.js';
import { type Endpoint, databaseEndpoints } from './database-endpoints.js';
import { NameResolver } from './name-resolver.js';

const rememberedMilliseconds = 60_000;
const registrationMilliseconds = 2_000;

/**
 * Where webhooks may go. A webhook's owner may name any address, even one beside the gateway that trusts every caller. So each
 * address is judged when it is dialled, and only a judged address is dialled.
 */
@Injectable()
export class ReceiverAddresses {
  private readonly allowed: AllowedReceivers;
  private database: { addresses: Promise<Endpoint[]>; until: number } | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly names: NameResolver,
    private readonly http: HttpAdapterHost,
    @InjectDataSource() private readonly dataSource: DataSource,
  ) {
    this.allowed = new AllowedReceivers(settings.webhookAllow);
  }

  /** For a webhook that is being made. A name that cannot be resolved now may be resolved at the first attempt. */
  async mayBeGiven(address: string): Promise<void> {
    const patience = new AbortController();
    const late = pause(registrationMilliseconds, undefined, { signal: patience.signal }).catch(() => undefined);
    const judging = this.of(new URL(address)).catch((error: unknown) => {
      if (error instanceof AddressForbidden) throw error;
    });
    await Promise.race([judging, late]).finally(() => patience.abort());
  }

  /** All addresses of a receiver. One forbidden address forbids all. */
  async of(url: URL): Promise<string[]> {
    const host = hostOf(url);
    const at = { host, port: portOf(url) };
    if (isSame(url, new URL(this.settings.publicUrl)))
      throw new AddressForbidden({ en: 'that is the gateway itself', zh: '那是网关自己' });
    const addresses = isIP(host) ? [host] : await this.names.resolve(host);
    if (addresses.length === 0) throw new AddressForbidden(noAddress);
    for (const address of addresses) await this.judge(address, at);
    return addresses;
  }

  private async judge(text: string, at: Endpoint): Promise<void> {
    if (!ipaddr.isValid(text)) throw new AddressForbidden(noAddress);
    const address = plainAddress(text);
    const kind = kindOf(address);
    if (typeof kind === 'object') throw new AddressForbidden(kind.never);
    if (await this.isOurOwn(address, at.port))
      throw new AddressForbidden({ en: 'that is the gateway itself, or its database', zh: '那是网关自己或它的数据库' });
    if (kind === 'private' && !this.allowed.hold(address, at))
      throw new AddressForbidden({
        en: 'it is a private address, which the operator has not listed in WEBHOOK_ALLOW',
        zh: '那是内网地址，而管理员没有把它列入 WEBHOOK_ALLOW',
      });
  }

  /** Refused even if listed: what can be reached there trusts callers from here without asking who they are. */
  private async isOurOwn(address: IpAddress, port: number): Promise<boolean> {
    const endpoints = (await this.databaseAddresses()).filter((one) => one.port === port);
    const isOwnPort = port === this.ownPort();
    if (!isOwnPort && endpoints.length === 0) return false;
    const isHere = isOfThisMachine(address);
    if (isHere && isOwnPort) return true;
    return endpoints.some((one) => {
      if (!ipaddr.isValid(one.host)) return false;
      const itsAddress = plainAddress(one.host);
      return itsAddress.toString() === address.toString() || (isHere && isOfThisMachine(itsAddress));
    });
  }

  private ownPort(): number {
    const server = this.http.httpAdapter.getHttpServer() as { address(): { port: number } | string | null };
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : this.settings.port;
  }

  private databaseAddresses(): Promise<Endpoint[]> {
    const now = performance.now();
    if (!this.database || this.database.until < now)
      this.database = { addresses: this.resolveDatabase(), until: now + rememberedMilliseconds };
    return this.database.addresses;
  }

  private async resolveDatabase(): Promise<Endpoint[]> {
    const { options } = this.dataSource;
    const named = databaseEndpoints('url' in options && typeof options.url === 'string' ? options.url : '');
    const resolved = named.map(async ({ host, port }): Promise<Endpoint[]> => {
      const addresses = isIP(host) ? [host] : await this.names.resolve(host).catch(() => []);
      return addresses.map((address) => ({ host: address, port }));
    });
    return (await Promise.all(resolved)).flat();
  }
}

const isOfThisMachine = (address: IpAddress): boolean =>
  address.range() === 'loopback' ||
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .some((one) => plainAddress(one.address.split('%')[0] ?? '').toString() === address.toString());

/** Without the brackets of IPv6 and without a final dot. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');

export const portOf = (url: URL): number => Number(url.port || (url.protocol === 'https:' ? 443 : 80));

const isSame = (one: URL, other: URL): boolean => hostOf(one) === hostOf(other) && portOf(one) === portOf(other);

const noAddress = { en: 'it has no address', zh: '它没有可用的 IP 地址' };
