import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { WechatHttp } from './wechat-http.js';

@Module({ imports: [HttpModule], providers: [WechatHttp], exports: [WechatHttp] })
export class WechatModule {}
