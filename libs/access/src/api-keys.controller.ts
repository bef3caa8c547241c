import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiParam, ApiTags } from '@nestjs/swagger';
import { ApiPage, FailsWith, Operation, type Page, PageQuery, keyOfCursor, pageOf } from '#api';
import { ApiKeyNotFound, OverlapUnderWay } from './access-errors.js';
import { AdminOnly } from './access-rule.js';
import type { ApiKey } from './api-key.entity.js';
import {
  ApiKeyAnswer,
  ApiKeyRequest,
  ApiKeyChange,
  KeyRotationRequest,
  NewApiKeyAnswer,
  apiKeyFacts,
  orderedTerms,
  patchedTerms,
} from './api-key-shapes.js';
import { apiKeyIdPattern } from './api-key-text.js';
import { ApiKeys } from './api-keys.js';
import type { Actor } from './actor.js';
import { By } from './caller.js';
import { Idempotent } from './idempotency/idempotent.js';
import { KeyUses } from './key-uses.js';

const ApiKeyId = (): MethodDecorator =>
  ApiParam({
    name: 'id',
    description: "The key's id: the part between the underscores",
    schema: { type: 'string', example: 'q3hX0aZ91k' },
  });

@ApiTags('admin: API keys')
@AdminOnly()
@Controller('admin/v1/api-keys')
export class ApiKeysController {
  constructor(
    private readonly keys: ApiKeys,
    private readonly uses: KeyUses,
  ) {}

  @Post()
  @Idempotent({ reveals: 'id' })
  @Operation('Create an API key', 'The key itself is in this answer and nowhere else: only its hash is kept.')
  @ApiCreatedResponse({ type: NewApiKeyAnswer })
  async createApiKey(@Body() order: ApiKeyRequest, @By() by: Actor): Promise<NewApiKeyAnswer> {
    const { row, text } = await this.keys.create(orderedTerms(order), by);
    return { ...apiKeyFacts(row, undefined), key: text };
  }

  @Get()
  @Operation('List the API keys')
  @ApiPage(ApiKeyAnswer)
  async listApiKeys(@Query() query: PageQuery): Promise<Page<ApiKeyAnswer>> {
    const rows = await this.keys.list(keyOfCursor(query.cursor, apiKeyIdPattern), query.limit + 1);
    const last = await this.uses.lastOf(rows.map((row) => row.id));
    return pageOf(
      rows,
      query.limit,
      (row) => apiKeyFacts(row, last.get(row.id)),
      (row) => row.id,
    );
  }

  @Get(':id')
  @ApiKeyId()
  @Operation('Show one API key')
  @ApiOkResponse({ type: ApiKeyAnswer })
  @FailsWith(ApiKeyNotFound)
  async getApiKey(@Param('id') id: string): Promise<ApiKeyAnswer> {
    return this.answer(await this.keys.get(printable(id)));
  }

  @Patch(':id')
  @ApiKeyId()
  @Operation(
    'Change what an API key may do',
    'Effective within a second everywhere. Of an app or scope that it loses, its streams end within five, and its webhooks get nothing more.',
  )
  @ApiOkResponse({ type: ApiKeyAnswer })
  @FailsWith(ApiKeyNotFound)
  async changeApiKey(@Param('id') id: string, @Body() patch: ApiKeyChange, @By() by: Actor): Promise<ApiKeyAnswer> {
    return this.answer(await this.keys.change(printable(id), patchedTerms(patch), by));
  }

  @Post(':id/rotate')
  @HttpCode(200)
  @Idempotent({ reveals: 'id' })
  @ApiKeyId()
  @ApiBody({ type: KeyRotationRequest, required: false })
  @Operation(
    'Give an API key another secret',
    'Under the same id, so its webhooks go on. The former secret is good until the overlap ends; a stream that was opened with it ends then.',
  )
  @ApiOkResponse({ type: NewApiKeyAnswer })
  @FailsWith(ApiKeyNotFound, OverlapUnderWay)
  async rotateApiKey(@Param('id') id: string, @Body() order: KeyRotationRequest, @By() by: Actor): Promise<NewApiKeyAnswer> {
    const { row, text } = await this.keys.rotate(printable(id), order.overlap_seconds, by);
    return { ...(await this.answer(row)), key: text };
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiKeyId()
  @Operation(
    'Revoke an API key',
    'Refused at once here, within a second elsewhere. Its streams end and its webhooks stop within five; for three days what they would have been sent is held for the key that adopts them.',
  )
  @ApiNoContentResponse({ description: 'Revoked' })
  @FailsWith(ApiKeyNotFound)
  async revokeApiKey(@Param('id') id: string, @By() by: Actor): Promise<void> {
    await this.keys.revoke(printable(id), by);
  }

  private async answer(row: ApiKey): Promise<ApiKeyAnswer> {
    return apiKeyFacts(row, (await this.uses.lastOf([row.id])).get(row.id));
  }
}

/** A malformed key id cannot exist, and Postgres refuses some characters (NUL), so it is answered as not found. */
function printable(id: string): string {
  if (!apiKeyIdPattern.test(id)) throw new ApiKeyNotFound(id.replace(/[^\x21-\x7e]/g, '?').slice(0, 40));
  return id;
}
