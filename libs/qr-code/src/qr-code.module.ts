import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { TokenModule } from '#token';
import { QrCode } from './qr-code.entity.js';
import { QrCodesController } from './qr-codes.controller.js';
import { QrCodes } from './qr-codes.js';
import { QrCodeJobs } from './qr-code.jobs.js';

@Module({
  imports: [TypeOrmModule.forFeature([QrCode]), TokenModule],
  controllers: [QrCodesController],
  providers: [QrCodeJobs, QrCodes],
  exports: [QrCodes],
})
export class QrCodeModule {}
