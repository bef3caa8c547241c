import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { LoginRates } from './login-rates.js';
import { QrLogins } from './qr-logins.js';

@Injectable()
export class QrLoginJobs {
  constructor(
    private readonly loginRates: LoginRates,
    private readonly qrLogins: QrLogins,
  ) {}

  @Interval('login-rates', 600_000)
  forgetOldLoginRates(): Promise<void> {
    return this.loginRates.forgetOld();
  }

  @Interval('qr-logins', 3_600_000)
  forgetOldQrLogins(): Promise<void> {
    return this.qrLogins.forgetOld();
  }
}
