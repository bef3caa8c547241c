import { Module } from '@nestjs/common';
import { TokenModule } from '#token';
import { WechatModule } from '#wechat';
import { MenuController } from './menu.controller.js';

@Module({ imports: [TokenModule, WechatModule], controllers: [MenuController] })
export class MenuModule {}
