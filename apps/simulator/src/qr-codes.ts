import { type Chance } from './chance.js';
import { type VirtualClock } from './clock.js';
import { Shelf } from './shelf.js';

export interface QrCode {
  readonly appid: string;
  readonly scene: number | string;
  readonly ticket: string;
  readonly url: string;
  readonly createdAt: number;
  /** Seconds; undefined for a permanent code. */
  readonly lifetime: number | undefined;
}

/** Codes of an official account, by ticket and by the url that is drawn in them. */
export class QrCodes {
  private readonly byTicket = new Shelf<QrCode>(20_000);
  private readonly byUrl = new Shelf<QrCode>(20_000);
  private readonly permanentCounts = new Map<string, number>();

  constructor(
    private readonly clock: VirtualClock,
    private readonly chance: Chance,
  ) {}

  create(wanted: { appid: string; scene: number | string; lifetime: number | undefined }): QrCode {
    const createdAt = this.clock.seconds();
    const url = `http://weixin.qq.com/q/02${this.chance.urlSafe(20)}`;
    const ticket = packTicket({ url, createdAt, lifetime: wanted.lifetime ?? 0, noise: this.chance.bytes(2) });
    const code = { ...wanted, ticket, url, createdAt };
    this.byTicket.put(ticket, code);
    this.byUrl.put(url, code);
    if (wanted.lifetime === undefined) this.permanentCounts.set(wanted.appid, this.permanentCount(wanted.appid) + 1);
    return code;
  }

  withTicket(ticket: string): QrCode | undefined {
    return this.byTicket.get(ticket);
  }

  withUrl(url: string): QrCode | undefined {
    return this.byUrl.get(url);
  }

  isLive(code: QrCode): boolean {
    return code.lifetime === undefined || this.clock.seconds() < code.createdAt + code.lifetime;
  }

  permanentCount(appid: string): number {
    return this.permanentCounts.get(appid) ?? 0;
  }

  live(): QrCode[] {
    return this.byTicket.values().filter((code) => this.isLive(code));
  }
}

/** The bytes real tickets have: a head, the url, and the moments in little-endian. 72 bytes are 96 characters. */
function packTicket(code: { url: string; createdAt: number; lifetime: number; noise: Buffer }): string {
  const head = Buffer.from([0x81, 0x01, ...code.noise, 0x3c, 0, 0, 0, 0, 0, 0, 0, 0x01, code.url.length]);
  return Buffer.concat([
    head,
    Buffer.from(code.url, 'ascii'),
    Buffer.from([0x00, 0x02, 0x04]),
    littleEndian(code.createdAt),
    Buffer.from([0x03, 0x04]),
    littleEndian(code.lifetime),
  ]).toString('base64url');
}

function littleEndian(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}
