import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { failure } from '#errors';
import { Clock, Lifecycle } from '#runtime';
import { AccessTokens } from '#token';
import { type IssuedQrCode, type QrCodeOrder, createQrCode } from '#wechat';
import { Repository } from 'typeorm';
import { QrCode } from './qr-code.entity.js';

export class QrCodeNotFound extends failure('missing', 'qr_code_not_found', {
  en: 'No code with this ticket was made here',
  zh: '这里没有生成过这个 ticket 的二维码',
}) {
  constructor() {
    super({
      en: 'No code with this ticket was made here, or its time is over',
      zh: '这里没有生成过这个 ticket 的二维码，或者它已过保存期',
    });
  }
}

@Injectable()
export class QrCodes {
  constructor(
    @InjectRepository(QrCode) private readonly rows: Repository<QrCode>,
    private readonly tokens: AccessTokens,
    private readonly clock: Clock,
    private readonly lifecycle: Lifecycle,
  ) {}

  /** For a room that keeps the code itself. */
  issue(appid: string, order: QrCodeOrder): Promise<IssuedQrCode> {
    return this.tokens.call(createQrCode, appid, order);
  }

  async create(appid: string, order: QrCodeOrder): Promise<QrCode> {
    const { ticket, url } = await this.issue(appid, order);
    const expiresAt =
      order.lifetimeSeconds === null ? null : new Date(this.clock.now().getTime() + order.lifetimeSeconds * 1_000);
    await this.rows.upsert({ appid, ticket, url, expiresAt }, ['appid', 'ticket']);
    return Object.assign(new QrCode(), { appid, ticket, url, expiresAt });
  }

  async find(appid: string, ticket: string): Promise<QrCode> {
    const code = await this.rows.findOneBy({ appid, ticket });
    if (!code || (code.expiresAt && code.expiresAt <= this.clock.now())) throw new QrCodeNotFound();
    return code;
  }

  async forgetOld(): Promise<void> {
    if (this.lifecycle.isServing) await this.rows.query("DELETE FROM qr_code WHERE expires_at < now() - interval '1 day'");
  }
}
