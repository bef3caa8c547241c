import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiParam, ApiTags } from '@nestjs/swagger';
import { CallingKey, type LivingKey, NeedsScope } from '#access';
import { Apps, AppNotFound } from '#app';
import { ApiHistory, AppidParam, FailsWith, type History, HistoryQuery, Openid, Operation, Text, historyOf, spanOf } from '#api';
import { CursorOfAnotherTime, InvalidInput } from '#errors';
import { EventNotFound, NoRoomForStreams, TooManyStreams } from './callback-errors.js';
import { EventAnswer, eventAnswer } from './event-answer.js';
import { EventStreams, type StreamReply } from './event-streams.js';
import { KeptEvents } from './kept-events.js';

const typePattern = /^(message|event)\.[a-z0-9_]{1,64}$/;
const idPattern = /^evt_[0-9A-Za-z]{22}$/;

class StreamQuery {
  @Text('Of this type alone', {
    optional: true,
    pattern: typePattern,
    message: 'must be a type such as message.text or event.scan',
    example: 'event.scan',
  })
  type?: string;
}

class EventQuery extends HistoryQuery {
  @Text('Of this type alone', {
    optional: true,
    pattern: typePattern,
    message: 'must be a type such as message.text or event.scan',
    example: 'event.scan',
  })
  type?: string;
  @Openid('Of this person alone', { optional: true }) openid?: string;
}

@ApiTags('events')
@Controller()
export class EventsController {
  constructor(
    private readonly events: KeptEvents,
    private readonly streams: EventStreams,
    private readonly apps: Apps,
  ) {}

  @Get('v1/apps/:appid/events')
  @NeedsScope('events:read')
  @Operation(
    'List the events of an app',
    'The oldest first, unless `order` says otherwise. A service that cannot be called may poll: if it keeps `resume_cursor` and goes on from there, it gets every event once. A page of large events may hold fewer than `limit`.',
  )
  @ApiHistory(EventAnswer)
  @FailsWith(AppNotFound)
  async listEvents(@AppidParam() appid: string, @Query() query: EventQuery): Promise<History<EventAnswer>> {
    await this.apps.get(appid);
    const { type, openid, limit } = query;
    const span = spanOf(query, 'asc');
    const latest = await this.events.latestOf(appid);
    const page = await this.events.list({ appid, type, openid }, span, limit + 1);
    return historyOf({ ...page, latest, span, limit }, eventAnswer, ({ seq }) => seq);
  }

  @Get('v1/apps/:appid/events/stream')
  @NeedsScope('events:read')
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    schema: { type: 'string', pattern: idPattern.source },
    description:
      'Goes on after this event; without it, from now on. 410 where no such event is kept: read the list from `since`, then open the stream without it',
    example: 'evt_4fGh7Kq2LmN8pR1sT6vX0z',
  })
  @Operation(
    'Stream the events of an app as they arrive',
    'Server-sent events: `id` is the event, `event` its type, `data` the same JSON as in the list. Ends with the key that opened it: revoked, expired, or without the app or the scope; when the database goes back in time; and when this replica is about to stop: go on with `Last-Event-ID`. Each replica holds at most `EVENT_STREAMS_PER_KEY` (50) for one key, 429 beyond that; and for all keys as many as three quarters of its connections (`MAX_CONNECTIONS`), 503 beyond that. A reader that does not read what it is told is let go of.',
  )
  @ApiOkResponse({
    content: { 'text/event-stream': { schema: { type: 'string' }, example: 'id: evt_…\nevent: event.scan\ndata: {…}\n\n' } },
  })
  @FailsWith(AppNotFound, InvalidInput, CursorOfAnotherTime, TooManyStreams, NoRoomForStreams)
  async streamEvents(
    @AppidParam() appid: string,
    @Query() { type }: StreamQuery,
    @Headers('last-event-id') lastId: string | undefined,
    @CallingKey() key: LivingKey,
    @Res() reply: StreamReply,
  ): Promise<void> {
    await this.apps.get(appid);
    if (lastId !== undefined && !idPattern.test(lastId))
      throw new InvalidInput([{ path: 'Last-Event-ID', message: 'must be the id of an event' }]);
    const after = lastId === undefined ? undefined : await this.events.seqOf(appid, lastId);
    if (lastId !== undefined && after === undefined) throw new CursorOfAnotherTime();
    await this.streams.open(reply, { key, appid, type, after });
  }

  @Get('v1/events/:id')
  @NeedsScope('events:read')
  @ApiParam({ name: 'id', schema: { type: 'string', pattern: idPattern.source, example: 'evt_4fGh7Kq2LmN8pR1sT6vX0z' } })
  @Operation('Show one event')
  @ApiOkResponse({ type: EventAnswer })
  @FailsWith(EventNotFound)
  async getEvent(@Param('id') id: string, @CallingKey() key: LivingKey): Promise<EventAnswer> {
    const event = idPattern.test(id) ? await this.events.get(id) : undefined;
    // To a key that does not hold the app, its events do not exist.
    if (!event || !key.holdsApp(event.appid)) throw new EventNotFound();
    return eventAnswer(event);
  }
}
