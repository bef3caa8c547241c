import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiParam, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { CallingKey, type LivingKey, NeedsScope } from '#access';
import { Accounts, AppNotFound } from '#account';
import {
  ApiAppid,
  ApiPage,
  AppidPipe,
  FailsWith,
  IsOpaque,
  IsTime,
  type Page,
  PageQuery,
  exampleOpenid,
  keyOfCursor,
  pageOf,
  timeOf,
} from '#api';
import { InvalidInput } from '#errors';
import { IsOptional, Matches } from 'class-validator';
import { EventNotFound } from './callback-errors.js';
import { EventAnswer, eventAnswer } from './event-answer.js';
import { EventStreams, type StreamReply } from './event-streams.js';
import { KeptEvents } from './kept-events.js';

const typePattern = /^(message|event)\.[a-z0-9_]{1,64}$/;
const idPattern = /^evt_[0-9A-Za-z]{22}$/;

class StreamFilter {
  @ApiPropertyOptional({ description: 'Of this type alone', pattern: typePattern.source, example: 'event.scan' })
  @IsOptional()
  @Matches(typePattern, { message: 'must be a type such as message.text or event.scan' })
  type?: string;
}

class EventQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'Of this type alone', pattern: typePattern.source, example: 'event.scan' })
  @IsOptional()
  @Matches(typePattern, { message: 'must be a type such as message.text or event.scan' })
  type?: string;

  @ApiPropertyOptional({ description: 'Of this person alone', example: exampleOpenid })
  @IsOptional()
  @IsOpaque()
  openid?: string;

  @ApiPropertyOptional({ description: 'Received from then on', format: 'date-time', example: '2026-01-31T12:00:00Z' })
  @IsOptional()
  @IsTime()
  since?: string;
}

@ApiTags('events')
@Controller()
export class EventsController {
  constructor(
    private readonly events: KeptEvents,
    private readonly streams: EventStreams,
    private readonly accounts: Accounts,
  ) {}

  @Get('v1/apps/:appid/events')
  @NeedsScope('events:read')
  @ApiAppid()
  @ApiOperation({
    operationId: 'listEvents',
    summary: 'What WeChat said to an app',
    description:
      'The oldest first. A cursor stays good: whoever goes on from it misses nothing, so a service that cannot be called may poll.',
  })
  @ApiPage(EventAnswer)
  @FailsWith(AppNotFound)
  async list(@Param('appid', AppidPipe) appid: string, @Query() query: EventQuery): Promise<Page<EventAnswer>> {
    await this.accounts.get(appid);
    const after = keyOfCursor(query.cursor, /^\d{1,18}$/);
    const since = query.since === undefined ? undefined : timeOf('since', query.since);
    const rows = await this.events.list({ appid, type: query.type, openid: query.openid, since, after }, query.limit + 1);
    return pageOf(rows, query.limit, eventAnswer, ({ seq }) => seq);
  }

  @Get('v1/apps/:appid/events/stream')
  @NeedsScope('events:read')
  @ApiAppid()
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    schema: { type: 'string', pattern: idPattern.source },
    description: 'Goes on after this event; without it, from now on',
    example: 'evt_4fGh7Kq2LmN8pR1sT6vX0z',
  })
  @ApiOperation({
    operationId: 'streamEvents',
    summary: 'What WeChat says to an app, as it comes',
    description: 'Server-sent events: `id` is the event, `event` its type, `data` the same JSON as in the list.',
  })
  @ApiOkResponse({
    content: { 'text/event-stream': { schema: { type: 'string' }, example: 'id: evt_…\nevent: event.scan\ndata: {…}\n\n' } },
  })
  @FailsWith(AppNotFound, InvalidInput, EventNotFound)
  async stream(
    @Param('appid', AppidPipe) appid: string,
    @Query() { type }: StreamFilter,
    @Headers('last-event-id') lastId: string | undefined,
    @Res() reply: StreamReply,
  ): Promise<void> {
    await this.accounts.get(appid);
    if (lastId !== undefined && !idPattern.test(lastId))
      throw new InvalidInput([{ path: 'Last-Event-ID', message: 'must be the id of an event' }]);
    const after = lastId === undefined ? undefined : await this.events.seqOf(appid, lastId);
    if (lastId !== undefined && after === undefined) throw new EventNotFound();
    await this.streams.open(reply, { appid, type, after });
  }

  @Get('v1/events/:id')
  @NeedsScope('events:read')
  @ApiParam({ name: 'id', schema: { type: 'string', pattern: idPattern.source, example: 'evt_4fGh7Kq2LmN8pR1sT6vX0z' } })
  @ApiOperation({ operationId: 'getEvent', summary: 'One event' })
  @ApiOkResponse({ type: EventAnswer })
  @FailsWith(EventNotFound)
  async get(@Param('id') id: string, @CallingKey() key: LivingKey): Promise<EventAnswer> {
    const event = idPattern.test(id) ? await this.events.get(id) : undefined;
    // To a key that does not hold the app, its events do not exist.
    if (!event || !key.holdsApp(event.appid)) throw new EventNotFound();
    return eventAnswer(event);
  }
}
