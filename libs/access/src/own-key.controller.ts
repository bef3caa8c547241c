import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Operation } from '#api';
import { AnyKey } from './access-rule.js';
import { ApiKeyAnswer, apiKeyFacts } from './api-key-shapes.js';
import type { LivingKey } from './api-keys.js';
import { CallingKey } from './caller.js';

@ApiTags('key')
@Controller('v1/key')
export class OwnKeyController {
  @Get()
  @AnyKey()
  @Operation('Show the calling key', 'Answers from memory.')
  @ApiOkResponse({ type: ApiKeyAnswer })
  getOwnKey(@CallingKey() key: LivingKey): ApiKeyAnswer {
    return apiKeyFacts(key.terms, key.usedAt);
  }
}
