import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { UsedCode } from './used-code.entity.js';
import { UsedCodes } from './used-codes.js';
import { OneTimeCodeJobs } from './one-time-code.jobs.js';

@Module({ imports: [TypeOrmModule.forFeature([UsedCode])], providers: [OneTimeCodeJobs, UsedCodes], exports: [UsedCodes] })
export class OneTimeCodeModule {}
