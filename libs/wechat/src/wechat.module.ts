import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { WechatCallbackApi } from './callback-api.js';
import { WechatComponentApi } from './component-api.js';
import { WechatMenuApi } from './menu-api.js';
import { WechatMessageApi } from './message-api.js';
import { WechatMiniProgramApi } from './mini-program-api.js';
import { WechatOauthApi } from './oauth-api.js';
import { WechatQrCodeApi } from './qr-code-api.js';
import { WechatQuotaApi } from './quota-api.js';
import { WechatTemplateApi } from './template-api.js';
import { WechatTokenApi } from './token-api.js';
import { WechatUserApi } from './user-api.js';
import { WechatHttp } from './wechat-http.js';

const apis = [
  WechatCallbackApi,
  WechatTokenApi,
  WechatComponentApi,
  WechatOauthApi,
  WechatUserApi,
  WechatQrCodeApi,
  WechatMessageApi,
  WechatTemplateApi,
  WechatMenuApi,
  WechatMiniProgramApi,
  WechatQuotaApi,
];

@Module({ imports: [HttpModule], providers: [WechatHttp, ...apis], exports: apis })
export class WechatModule {}
