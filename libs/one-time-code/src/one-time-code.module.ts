import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { UsedCode } from './used-code.entity.js';
import { UsedCodes } from './used-codes.js';

@Module({ imports: [TypeOrmModule.forFeature([UsedCode])], providers: [UsedCodes], exports: [UsedCodes] })
export class OneTimeCodeModule {}
