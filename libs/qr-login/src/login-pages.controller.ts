import { Body, Controller, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiTags } from '@nestjs/swagger';
import { CallingKey, Idempotent, type LivingKey, NeedsScope } from '#access';
import { AppDisabled, AppNotFound } from '#app';
import { AppidParam, FailsWith, Operation, Origin, PageAddress, Text, Time, exampleAppid } from '#api';
import { type Fault, InvalidInput } from '#errors';
import { LoginPages } from './login-pages.js';
import { hashOf } from './login-tokens.js';
import { Binding } from './qr-login-shapes.js';

const statePattern = /^[\x21-\x7e]{0,512}$/;

class LoginPageRequest {
  @Binding(
    'A hash of the session that you have with the browser that you are about to send: must be shown again to redeem the login',
  )
  binding!: string;
  @PageAddress('Where the browser comes back to, of an origin of the key', {
    pattern: /^https?:\/\/[\x21-\x7e]{1,1000}$/,
    example: 'https://shop.example.com/wechat/back',
  })
  return_to!: string;
  @Text('Comes back unchanged', {
    optional: true,
    nullable: true,
    pattern: statePattern,
    message: 'must be at most 512 printable ASCII characters',
    example: 'f3a9c1',
  })
  state?: string | null;
  @Origin('The origin of the page that will frame it, of an origin of the key: it alone is told, by postMessage', {
    optional: true,
    nullable: true,
  })
  frame_origin?: string | null;
}

class LoginPageAnswer {
  @Text('Send the browser there: the first that opens it owns it', {
    example: `https://wx.example.com/login/pages/${exampleAppid}/4fGh7Kq2LmN8pR1sT6vX0z`,
  })
  url!: string;
  @Time('To be opened before', { example: '2026-01-31T12:02:00.000Z' }) expires_at!: string;
}

@ApiTags('QR login')
@Controller('v1/apps/:appid/login-pages')
export class LoginPagesController {
  constructor(private readonly pages: LoginPages) {}

  @Post()
  @NeedsScope('login')
  @Idempotent()
  @Operation(
    'A login page ready to use',
    'Send the browser to `url` within 120 seconds. It comes back to `return_to` with `login_code` and `state`, which your server compares before it redeems the code with the same `binding`; or with `error` (`denied`, `cancelled`, `expired`) and `state`. In a frame the same is told by `postMessage`. WeChat is asked for a code only when the page is opened.',
  )
  @ApiCreatedResponse({ type: LoginPageAnswer })
  @FailsWith(AppNotFound, AppDisabled)
  async createLoginPage(
    @AppidParam() appid: string,
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
