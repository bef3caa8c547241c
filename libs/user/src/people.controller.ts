import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiParam, ApiTags } from '@nestjs/swagger';
import { CallingKey, type LivingKey, NeedsScope } from '#access';
import { OpaquePipe, Operation, Parts, Unionid, opaquePattern } from '#api';
import { UserRecordAnswer, userRecordAnswer } from './user-record-answer.js';
import { Users } from './users.js';

const exampleUnionid = 'oXyZ01bCdEfGhIjKlMnOpQrStUvW';

class PersonAnswer {
  @Unionid() unionid!: string;
  @Parts(UserRecordAnswer, 'The person at each app that the key holds; empty where nobody is known') users!: UserRecordAnswer[];
}

@ApiTags('users')
@Controller('v1/people/:unionid')
export class PeopleController {
  constructor(private readonly users: Users) {}

  @Get()
  @NeedsScope('users:read')
  @ApiParam({ name: 'unionid', schema: { type: 'string', pattern: opaquePattern.source, example: exampleUnionid } })
  @Operation(
    'A person across apps',
    'Every record with this unionid, at the apps that the key holds: how an openid of one app leads to that of another.',
  )
  @ApiOkResponse({ type: PersonAnswer })
  async getPerson(
    @Param('unionid', new OpaquePipe('unionid')) unionid: string,
    @CallingKey() key: LivingKey,
  ): Promise<PersonAnswer> {
    const users = await this.users.withUnionid(unionid);
    return { unionid, users: users.filter(({ appid }) => key.holdsApp(appid)).map(userRecordAnswer) };
  }
}
