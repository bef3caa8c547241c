import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { WechatTokenApi } from './token-api.js';
import { WechatHttp } from './wechat-http.js';

@Module({ imports: [HttpModule], providers: [WechatHttp, WechatTokenApi], exports: [WechatTokenApi] })
export class WechatModule {}
