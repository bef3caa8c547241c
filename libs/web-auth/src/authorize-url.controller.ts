import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AppDisabled, AppNotFound } from '#app';
import { CallingKey, type LivingKey, NeedsScope } from '#access';
import { AppidParam, FailsWith, OneOf, Operation, Origin, PageAddress, Text } from '#api';
import { PermissionMissing, type WebScope, webScopes } from '#wechat';
import { AuthorizeUrls } from './authorize-urls.js';
import { ScopeNotForKind } from './web-auth-errors.js';

class State {
  @Text('Comes back unchanged: bind it to the session of the browser and compare it there', {
    optional: 'or null',
    pattern: /^[a-zA-Z0-9]{0,128}$/,
    message: 'must be at most 128 letters and digits',
    default: '',
    example: 'f3a9c1',
  })
  state: string = '';
}

class WantedAuthorization extends State {
  @PageAddress('Where WeChat sends the person back; its host must be the one configured in the console of WeChat', {
    example: 'https://shop.example.com/wechat/back',
  })
  redirect_uri!: string;
  @OneOf(
    webScopes,
    '`snsapi_base`: silent, the openid alone. `snsapi_userinfo`: asks the person, gives name and picture. `snsapi_login`: a website on the desktop, by QR code',
  )
  scope!: WebScope;
}

class WantedPopup extends State {
  @Origin('The origin of the page that opens the window') origin!: string;
}

class AuthorizeUrlAnswer {
  @Text('Send the browser there, unchanged: WeChat takes the parameters in this order only', {
    example:
      'https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx3cc8fd6963e31a32&redirect_uri=https%3A%2F%2Fshop.example.com%2Fwechat%2Fback&response_type=code&scope=snsapi_base&state=f3a9c1#wechat_redirect',
  })
  url!: string;
}

@ApiTags('web authorisation')
@Controller('v1/apps/:appid/oauth')
export class AuthorizeUrlController {
  constructor(private readonly urls: AuthorizeUrls) {}

  @Get('authorize-url')
  @NeedsScope('oauth')
  @Operation(
    'Where to send a person to be authorised',
    'Official accounts: inside WeChat, `snsapi_base` or `snsapi_userinfo`. Websites: `snsapi_login`, the QR page. The person comes back with `code` and `state`, or, having refused, with `state` alone.',
  )
  @ApiOkResponse({ type: AuthorizeUrlAnswer })
  @FailsWith(AppNotFound, AppDisabled, ScopeNotForKind, PermissionMissing)
  async getAuthorizeUrl(@AppidParam() appid: string, @Query() wanted: WantedAuthorization): Promise<AuthorizeUrlAnswer> {
    return {
      url: await this.urls.page({ appid, redirectUri: wanted.redirect_uri, scope: wanted.scope, state: wanted.state }),
    };
  }

  @Get('popup-url')
  @NeedsScope('oauth')
  @Operation(
    'Where to open the login window of a desktop page',
    'For `WechatLogin.open()` of `/widgets/wechat-login.js`. The window ends on a page of the gateway, which exchanges the code of WeChat and hands a code of its own to exactly this origin: `exchange` takes it within 60 seconds, from the same key. Good for one window, within an hour. The host of `PUBLIC_URL` must be the one configured for the website app in the console of WeChat.',
  )
  @ApiOkResponse({ type: AuthorizeUrlAnswer })
  @FailsWith(AppNotFound, AppDisabled, ScopeNotForKind, PermissionMissing)
  async getPopupUrl(
    @AppidParam() appid: string,
    @Query() { origin, state }: WantedPopup,
    @CallingKey() key: LivingKey,
  ): Promise<AuthorizeUrlAnswer> {
    return { url: await this.urls.popup({ appid, keyId: key.id, origin, state }) };
  }
}
