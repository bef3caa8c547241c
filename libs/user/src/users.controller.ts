import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { NeedsScope } from '#access';
import { AppidParam, FailsWith, OpenidParam, Operation, keyOfCursor, opaquePattern } from '#api';
import { tokenFailures } from '#token';
import { Followers } from './followers.js';
import { FollowersPage, FollowersQuery, InLanguage, UsersRequest, UserAnswer, UsersAnswer, userAnswer } from './user-shapes.js';

const blank =
  'Since the end of 2021 WeChat leaves name, picture, sex and places of followers blank: those come by web authorisation, and `…/record` shows them as last seen.';

@ApiTags('users')
@Controller('v1/apps/:appid/users')
export class UsersController {
  constructor(private readonly users: Followers) {}

  @Get(':openid')
  @NeedsScope('users:read')
  @Operation(
    'A person as WeChat tells of them now',
    `WeChat's own fields. Of somebody who does not follow the account there is only \`subscribe: 0\`, the openid, and the unionid where WeChat gives it. ${blank}`,
  )
  @ApiOkResponse({ type: UserAnswer })
  @FailsWith(...tokenFailures)
  async getUser(@AppidParam() appid: string, @OpenidParam() openid: string, @Query() { lang }: InLanguage): Promise<UserAnswer> {
    return userAnswer(await this.users.get(appid, openid, lang));
  }

  @Post('batch-get')
  @HttpCode(200)
  @NeedsScope('users:read')
  @Operation('Up to a hundred people at once', `As each of them alone, in one call to WeChat. ${blank}`)
  @ApiOkResponse({ type: UsersAnswer })
  @FailsWith(...tokenFailures)
  async getUsers(@AppidParam() appid: string, @Body() { openids, lang }: UsersRequest): Promise<UsersAnswer> {
    return { items: (await this.users.getMany(appid, openids, lang)).map(userAnswer) };
  }

  @Get()
  @NeedsScope('users:read')
  @Operation(
    'The followers of the account',
    'The oldest first. Each page is a call to WeChat, of which an account has 500 a day: leave `limit` at its ten thousand unless you must.',
  )
  @ApiOkResponse({ type: FollowersPage })
  @FailsWith(...tokenFailures)
  async listFollowers(@AppidParam() appid: string, @Query() { cursor, limit }: FollowersQuery): Promise<FollowersPage> {
    const { openids, next, total } = await this.users.followers(appid, keyOfCursor(cursor, opaquePattern));
    const shown = openids.slice(0, limit);
    // WeChat continues after any openid, so a shorter page ends where we cut it.
    const last = shown.length < openids.length ? shown.at(-1) : next;
    return {
      items: shown.map((openid) => ({ openid })),
      next_cursor: last ? Buffer.from(last).toString('base64url') : null,
      total,
    };
  }
}
