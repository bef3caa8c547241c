import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AppModule } from '#app';
import { OneTimeCodeModule } from '#one-time-code';
import { TokenModule } from '#token';
import { UserModule } from '#user';
import { CodesController } from './codes.controller.js';
import { LinksController } from './links.controller.js';
import { MiniPrograms } from './mini-programs.js';
import { MiniSession } from './mini-session.entity.js';
import { MiniSessions } from './mini-sessions.js';
import { PhoneNumberController } from './phone-number.controller.js';
import { SessionsController } from './sessions.controller.js';
import { MiniProgramJobs } from './mini-program.jobs.js';

@Module({
  imports: [TypeOrmModule.forFeature([MiniSession]), AppModule, OneTimeCodeModule, TokenModule, UserModule],
  controllers: [CodesController, PhoneNumberController, SessionsController, LinksController],
  providers: [MiniProgramJobs, MiniPrograms, MiniSessions],
})
export class MiniProgramModule {}
