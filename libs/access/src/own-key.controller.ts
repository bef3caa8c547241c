import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AnyKey } from './access-rule.js';
import { ApiKeyAnswer, apiKeyFacts } from './api-key-shapes.js';
import type { LivingKey } from './api-keys.js';
import { CallingKey } from './caller.js';

@ApiTags('key')
@Controller('v1/key')
export class OwnKeyController {
  @Get()
  @AnyKey()
  @ApiOperation({ operationId: 'getOwnKey', summary: 'What the calling key is and may do', description: 'Answers from memory.' })
  @ApiOkResponse({ type: ApiKeyAnswer })
  get(@CallingKey() key: LivingKey): ApiKeyAnswer {
    return apiKeyFacts(key.terms, key.usedAt);
  }
}
