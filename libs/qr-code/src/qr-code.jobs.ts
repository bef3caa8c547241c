import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { QrCodes } from './qr-codes.js';

@Injectable()
export class QrCodeJobs {
  constructor(private readonly qrCodes: QrCodes) {}

  @Interval('qr-codes', 3_600_000)
  forgetOld(): Promise<void> {
    return this.qrCodes.forgetOld();
  }
}
