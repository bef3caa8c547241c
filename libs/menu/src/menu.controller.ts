import { Body, Controller, Delete, Get, HttpCode, Put } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiProperty, ApiTags } from '@nestjs/swagger';
import { NeedsScope } from '#access';
import { AppidParam, FailsWith, Operation } from '#api';
import { InvalidInput } from '#errors';
import { AccessTokens, tokenFailures } from '#token';
import { type MenuButton, deleteMenu, getMenu, putMenu } from '#wechat';
import { IsArray } from 'class-validator';
import { MenuNotFound } from './menu-errors.js';
import { menuFaults } from './menu-rules.js';

const exampleButtons = [
  { type: 'click', name: '今日歌曲', key: 'V1001_TODAY_MUSIC' },
  { name: '更多', sub_button: [{ type: 'view', name: '搜索', url: 'https://www.example.com/' }] },
];

class MenuRequest {
  @ApiProperty({
    description:
      "WeChat's own form: up to 3 buttons, each with a `name` (16 bytes) and either a `type` with what it needs, or up to 5 buttons in `sub_button` (names of 60 bytes)",
    type: 'array',
    minItems: 1,
    maxItems: 3,
    items: { type: 'object', additionalProperties: true },
    example: exampleButtons,
  })
  @IsArray()
  button!: MenuButton[];
}

class MenuAnswer {
  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true }, example: exampleButtons })
  button!: MenuButton[];
}

@ApiTags('menus')
@NeedsScope('menu')
@Controller('v1/apps/:appid/menu')
export class MenuController {
  constructor(private readonly tokens: AccessTokens) {}

  @Get()
  @Operation(
    'Show the menu of the official account',
    "This is the menu that a call created. A menu from WeChat's console disappears when the server configuration is switched on.",
  )
  @ApiOkResponse({ type: MenuAnswer })
  @FailsWith(...tokenFailures, MenuNotFound)
  async getMenu(@AppidParam() appid: string): Promise<MenuAnswer> {
    const button = await this.tokens.call(getMenu, appid);
    if (!button) throw new MenuNotFound(appid);
    return { button: [...button] };
  }

  @Put()
  @Operation(
    'Set the menu of the official account',
    'The menu is checked against the rules of WeChat first, and every fault is reported at once. People see the menu within a day, or when they follow again.',
  )
  @ApiOkResponse({ type: MenuAnswer })
  @FailsWith(...tokenFailures)
  async putMenu(@AppidParam() appid: string, @Body() { button }: MenuRequest): Promise<MenuAnswer> {
    const faults = menuFaults(button);
    if (faults.length > 0) throw new InvalidInput(faults);
    await this.tokens.call(putMenu, appid, button);
    return { button };
  }

  @Delete()
  @HttpCode(204)
  @Operation('Delete the menu')
  @ApiNoContentResponse({ description: 'The account has no menu now' })
  @FailsWith(...tokenFailures)
  async deleteMenu(@AppidParam() appid: string): Promise<void> {
    await this.tokens.call(deleteMenu, appid);
  }
}
