import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Put, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { type Actor, AdminOnly, By, Idempotent } from '#access';
import {
  ApiPage,
  AppidParam,
  FailsWith,
  InCallersLanguage,
  OneOf,
  Operation,
  type Page,
  PageQuery,
  Text,
  appidPattern,
  keyOfCursor,
  pageOf,
} from '#api';
import { InvalidInput } from '#errors';
import { Settings } from '#settings';
import {
  AppExists,
  AppNotFound,
  KindIsFixed,
  NotConfirmed,
  OriginalIdTaken,
  SecretRefused,
  SecretUntried,
} from './app-errors.js';
import { Apps } from './apps.js';
import { AppAnswer, appAnswer, writtenAnswer } from './app-answer.js';
import { AppChange, AppRequest, AppStateRequest, wantedChanges, wantedState } from './app-requests.js';

class Confirmation {
  @Text('The appid again, so that nobody deletes an app by mistake', { optional: 'or null', example: 'wx3cc8fd6963e31a32' })
  confirm?: string;
}

class Verification {
  @OneOf(['true', 'false'], 'false: accept a changed secret without trying it at WeChat first', {
    optional: 'or null',
    default: 'true',
    example: 'true',
  })
  verify?: string;
}

interface Reply {
  status(code: number): unknown;
}

@ApiTags('admin: apps')
@AdminOnly()
@Controller('admin/v1/apps')
export class AppsController {
  constructor(
    private readonly apps: Apps,
    private readonly settings: Settings,
  ) {}

  @Post()
  @Idempotent()
  @Operation('Register an app', 'WeChat is not asked. Secrets are sealed, and never shown again.')
  @ApiCreatedResponse({ type: AppAnswer })
  @FailsWith(AppExists, OriginalIdTaken)
  async registerApp(@Body() order: AppRequest, @By() by: Actor): Promise<AppAnswer> {
    return appAnswer(await this.apps.register(order.appid, wantedState(order), by), this.settings.publicUrl);
  }

  @Get()
  @Operation('List the apps')
  @ApiPage(AppAnswer)
  async listApps(@Query() query: PageQuery): Promise<Page<AppAnswer>> {
    const rows = await this.apps.list(keyOfCursor(query.cursor, appidPattern), query.limit + 1);
    return pageOf(
      rows,
      query.limit,
      (app) => appAnswer(app, this.settings.publicUrl),
      (app) => app.appid,
    );
  }

  @Get(':appid')
  @Operation('Show one app')
  @ApiOkResponse({ type: AppAnswer })
  @FailsWith(AppNotFound)
  async getApp(@AppidParam() appid: string): Promise<AppAnswer> {
    return appAnswer(await this.apps.get(appid), this.settings.publicUrl);
  }

  @Put(':appid')
  @InCallersLanguage()
  @Operation(
    'Create or replace an app',
    'Registers the app, or changes it to match the body. Fields that the body leaves out get their defaults. A repeat changes and records nothing.',
  )
  @ApiOkResponse({ type: AppAnswer, description: 'The app was there, and is in this state' })
  @ApiCreatedResponse({ type: AppAnswer, description: 'The app was registered' })
  @FailsWith(KindIsFixed, OriginalIdTaken)
  async applyApp(
    @AppidParam() appid: string,
    @Body() wanted: AppStateRequest,
    @By() by: Actor,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<AppAnswer> {
    if (wanted.appid !== undefined && wanted.appid !== appid)
      throw new InvalidInput([{ path: 'appid', message: 'must be the appid in the path' }]);
    const written = await this.apps.apply(appid, wantedState(wanted), by);
    reply.status(written.created ? 201 : 200);
    return writtenAnswer(written, this.settings.publicUrl);
  }

  @Patch(':appid')
  @InCallersLanguage()
  @Operation(
    'Change an app',
    'What is absent stays, null takes away. Effective on every replica within a second, without a restart. A changed secret is first tried at WeChat, by a call that disturbs nobody. `verified` tells whether WeChat took it: one that could not be judged, say since WeChat refuses our address, is kept with `verified: false`.',
  )
  @ApiOkResponse({ type: AppAnswer })
  @FailsWith(AppNotFound, OriginalIdTaken, SecretRefused, SecretUntried)
  async changeApp(
    @AppidParam() appid: string,
    @Query() query: Verification,
    @Body() changes: AppChange,
    @By() by: Actor,
  ): Promise<AppAnswer> {
    const verify = query.verify !== 'false';
    return writtenAnswer(await this.apps.change(appid, wantedChanges(changes), by, { verify }), this.settings.publicUrl);
  }

  @Delete(':appid')
  @HttpCode(204)
  @Operation('Delete an app', 'Forgets everything kept for it. Disable it instead to keep its data.')
  @ApiNoContentResponse({ description: 'Deleted' })
  @FailsWith(AppNotFound, NotConfirmed)
  async deleteApp(@AppidParam() appid: string, @Query() query: Confirmation, @By() by: Actor): Promise<void> {
    if (query.confirm !== appid) throw new NotConfirmed(appid);
    await this.apps.remove(appid, by);
  }
}
