import { Module } from '@nestjs/common';
import { TokenModule } from '#token';
import { MenuController } from './menu.controller.js';

@Module({ imports: [TokenModule], controllers: [MenuController] })
export class MenuModule {}
