import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CallbackModule } from '#callback';
import { TokenModule } from '#token';
import { Followers } from './followers.js';
import { FollowEvents } from './follow-events.js';
import { PeopleController } from './people.controller.js';
import { UserRecordsController } from './user-records.controller.js';
import { UsersController } from './users.controller.js';
import { Users } from './users.js';
import { WechatUser } from './wechat-user.entity.js';

@Module({
  imports: [TypeOrmModule.forFeature([WechatUser]), CallbackModule, TokenModule],
  controllers: [UsersController, UserRecordsController, PeopleController],
  providers: [Users, Followers, FollowEvents],
  exports: [Users, Followers],
})
export class UserModule {}
