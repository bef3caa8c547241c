import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { CallingKey, Idempotent, type LivingKey, NeedsScope } from '#access';
import { AppDisabled, AppNotFound } from '#app';
import { ApiAppid, AppidPipe, FailsWith, exampleAppid } from '#api';
import { type Fault, InvalidInput } from '#errors';
import { IsOptional, Matches, ValidateBy } from 'class-validator';
import { LoginPages } from './login-pages.js';
import { hashOf } from './login-tokens.js';
import { bindingPattern } from './qr-login-shapes.js';

const isPage = (value: unknown): boolean =>
  typeof value === 'string' && /^https?:\/\/[\x21-\x7e]{1,1000}$/.test(value) && URL.canParse(value);
const isOrigin = (value: unknown): boolean => isPage(value) && new URL(String(value)).origin === value;
const statePattern = /^[\x21-\x7e]{0,512}$/;

class LoginPageRequest {
  @ApiProperty({
    description:
      'A hash of the session that you have with the browser that you are about to send: must be shown again to redeem the login',
    pattern: bindingPattern.source,
    example: '9f86d081884c7d659a2feaa0c55ad015',
  })
  @Matches(bindingPattern, { message: 'must be 1 to 200 printable ASCII characters' })
  binding!: string;

  @ApiProperty({
    description: 'Where the browser comes back to, of an origin of the key',
    example: 'https://shop.example.com/wechat/back',
  })
  @ValidateBy({ name: 'isPage', validator: { validate: isPage } }, { message: 'must be the http or https address of a page' })
  return_to!: string;

  @ApiPropertyOptional({
    description: 'Comes back unchanged',
    pattern: statePattern.source,
    type: String,
    nullable: true,
    example: 'f3a9c1',
  })
  @IsOptional()
  @Matches(statePattern, { message: 'must be at most 512 printable ASCII characters' })
  state?: string | null;

  @ApiPropertyOptional({
    description: 'The origin of the page that will frame it, of an origin of the key: it alone is told, by postMessage',
    type: String,
    nullable: true,
    example: 'https://shop.example.com',
  })
  @IsOptional()
  @ValidateBy(
    { name: 'isOrigin', validator: { validate: isOrigin } },
    { message: 'must be an origin such as https://shop.example.com' },
  )
  frame_origin?: string | null;
}

class LoginPageAnswer {
  @ApiProperty({
    description: 'Send the browser there: the first that opens it owns it',
    example: `https://wx.example.com/login/pages/${exampleAppid}/4fGh7Kq2LmN8pR1sT6vX0z`,
  })
  url!: string;

  @ApiProperty({
    description: 'To be opened before',
    type: String,
    format: 'date-time',
    example: '2026-01-31T12:02:00.000Z',
  })
  expires_at!: string;
}

@ApiTags('QR login')
@Controller('v1/apps/:appid/login-pages')
export class LoginPagesController {
  constructor(private readonly pages: LoginPages) {}

  @Post()
  @NeedsScope('login')
  @Idempotent()
  @ApiAppid()
  @ApiOperation({
    operationId: 'createLoginPage',
    summary: 'A login page ready to use',
    description:
      'Send the browser to `url` within 120 seconds. It comes back to `return_to` with `login_code` and `state`, which your server compares before it redeems the code with the same `binding`; or with `error` (`denied`, `cancelled`, `expired`) and `state`. In a frame the same is told by `postMessage`. WeChat is asked for a code only when the page is opened.',
  })
  @ApiCreatedResponse({ type: LoginPageAnswer })
  @FailsWith(AppNotFound, AppDisabled)
  async create(
    @Param('appid', AppidPipe) appid: string,
    @Body() wanted: LoginPageRequest,
    @CallingKey() key: LivingKey,
  ): Promise<LoginPageAnswer> {
    const faults = faultsOf(wanted, key.terms.origins);
    if (faults.length > 0) throw new InvalidInput(faults);
    const { url, expiresAt } = await this.pages.begin({
      appid,
      keyId: key.id,
      bindingHash: hashOf(wanted.binding),
      returnTo: wanted.return_to,
      state: wanted.state ?? '',
      frameOrigin: wanted.frame_origin ?? null,
    });
    return { url, expires_at: expiresAt.toISOString() };
  }
}

function faultsOf({ return_to, frame_origin }: LoginPageRequest, origins: readonly string[]): Fault[] {
  const message = 'must be of one of the origins that are registered with the key';
  return [
    ...(origins.includes(new URL(return_to).origin) ? [] : [{ path: 'return_to', message }]),
    ...(!frame_origin || origins.includes(frame_origin) ? [] : [{ path: 'frame_origin', message }]),
  ];
}
