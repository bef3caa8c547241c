import { Controller, Delete, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { type Actor, AdminOnly, By, NeedsScope } from '#access';
import { Appid, AppidParam, FailsWith, OneOf, Openid, OpenidParam, Operation, Parts } from '#api';
import { UserNotFound } from './user-errors.js';
import { UserRecordAnswer, userRecordAnswer } from './user-record-answer.js';
import { Users } from './users.js';

class Extent {
  @OneOf(['true', 'false'], '`true`: at every app that knows the same unionid, not only at this one', {
    optional: 'or null',
    default: 'false',
  })
  everywhere: 'true' | 'false' = 'false';
}

class ErasedRecord {
  @Appid() appid!: string;
  @Openid() openid!: string;
}

class ErasedRecords {
  @Parts(ErasedRecord) erased!: ErasedRecord[];
}

@Controller()
export class UserRecordsController {
  constructor(private readonly users: Users) {}

  @Get('v1/apps/:appid/users/:openid/record')
  @ApiTags('users')
  @NeedsScope('users:read')
  @Operation(
    'What the gateway keeps of a person',
    'Without asking WeChat: ids, follow state, and the profile as web authorisation last showed it.',
  )
  @ApiOkResponse({ type: UserRecordAnswer })
  @FailsWith(UserNotFound)
  async getUserRecord(@AppidParam() appid: string, @OpenidParam() openid: string): Promise<UserRecordAnswer> {
    return userRecordAnswer(await this.users.get(appid, openid));
  }

  @Delete('admin/v1/apps/:appid/users/:openid')
  @ApiTags('admin: users')
  @AdminOnly()
  @Operation(
    'Forget a person who asked for it',
    'Their record, their tokens, and what hangs on them. The audit log keeps that somebody was erased, not who. Seen again, they are recorded anew.',
  )
  @ApiOkResponse({ type: ErasedRecords })
  @FailsWith(UserNotFound)
  async eraseUser(
    @AppidParam() appid: string,
    @OpenidParam() openid: string,
    @Query() { everywhere }: Extent,
    @By() by: Actor,
  ): Promise<ErasedRecords> {
    const erased = await this.users.erase(appid, openid, { everywhere: everywhere === 'true' }, by);
    return { erased: erased.map((one) => ({ appid: one.appid, openid: one.openid })) };
  }
}
