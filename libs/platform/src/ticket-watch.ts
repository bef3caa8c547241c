import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Apps } from '#app';
import { GatewayError } from '#errors';
import { Metrics } from '#runtime';
import { WechatHttp, startTicketPush } from '#wechat';
import { Repository } from 'typeorm';
import { Platform, type TicketAlarm } from './platform.entity.js';

export const warningSeconds = 1_800;
export const alarmSeconds = 7_200;
/** WeChat takes a ticket for so long. */
export const lifeSeconds = 43_200;
const askAgainSeconds = 1_800;

interface Watched {
  readonly appid: string;
  readonly alarm: TicketAlarm;
  readonly ageSeconds: number;
  readonly hasTicket: boolean;
}

/**
 * A platform whose tickets stop coming goes on for twelve hours and then fails all at once. So their age is watched:
 * told once at each step by whichever replica sees it first, and WeChat is asked to push again.
 */
@Injectable()
export class TicketWatch {
  private readonly log = new Logger('TicketWatch');

  constructor(
    @InjectRepository(Platform) private readonly rows: Repository<Platform>,
    private readonly apps: Apps,
    private readonly wechat: WechatHttp,
    metrics: Metrics,
  ) {
    const gauge = (name: string, help: string, of: (watched: Watched) => number): void =>
      metrics.seenInBackground({ name, help, labelNames: ['platform'] }, async () =>
        (await ages(rows)).map((watched) => ({ labels: { platform: watched.appid }, value: of(watched) })),
      );
    gauge(
      'wx_platform_ticket_age_seconds',
      'How long ago the last ticket of each platform came, or since when one is awaited: set an alarm on 1800',
      ({ ageSeconds }) => ageSeconds,
    );
    gauge(
      'wx_platform_ticket_expires_in_seconds',
      'How long the last ticket of each platform is still good; 0 where none was ever sent',
      ({ hasTicket, ageSeconds }) => (hasTicket ? Math.max(0, lifeSeconds - ageSeconds) : 0),
    );
  }

  async run(): Promise<void> {
    await this.rows.query(
      `INSERT INTO platform (appid) SELECT appid FROM app WHERE kind = 'third_party_platform' ON CONFLICT DO NOTHING`,
    );
    for (const watched of await ages(this.rows)) {
      await this.tell(watched);
      if (watched.ageSeconds >= warningSeconds) await this.askForPush(watched.appid);
    }
  }

  /** One statement decides which replica tells it. */
  private async tell({ appid, alarm: before, ageSeconds, hasTicket }: Watched): Promise<void> {
    const alarm = alarmAt(ageSeconds);
    if (alarm === before) return;
    const { affected } = await this.rows.update({ appid, alarm: before }, { alarm });
    if (affected !== 1) return;
    const text = hasTicket
      ? `The last ticket of ${appid} came ${minutes(ageSeconds)} ago`
      : `${appid} has waited ${minutes(ageSeconds)} for its first ticket`;
    if (alarm === 'none') this.log.log(`Tickets of ${appid} arrive again`);
    else if (alarm === 'warning') this.log.warn(`${text}: WeChat sends one every ten minutes`);
    else if (alarm === 'expired')
      this.log.error(`${text}: WeChat no longer accepts it, and no token of the platform can be renewed`);
    else
      this.log.error(
        `${text}: it expires in ${minutes(lifeSeconds - ageSeconds)}, and then every call for the platform's authorizers fails`,
      );
  }

  private async askForPush(appid: string): Promise<void> {
    const [rows] = await this.rows.query<[unknown[], number]>(
      `UPDATE platform SET push_asked_at = now()
        WHERE appid = $1 AND (push_asked_at IS NULL OR push_asked_at < now() - make_interval(secs => $2)) RETURNING appid`,
      [appid, askAgainSeconds],
    );
    if (rows.length > 0) await this.startPush(appid);
  }

  /** What WeChat said to it is kept for the operator. */
  async startPush(appid: string): Promise<void> {
    let said = 'ok';
    try {
      await this.wechat.call(startTicketPush, await this.apps.credentialsOf(await this.apps.getEnabled(appid)));
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      said = error.message;
      this.log.warn(`WeChat was asked to send tickets to ${appid} again: ${said}`);
    }
    await this.rows.query('UPDATE platform SET push_asked_at = now(), push_answer = $2 WHERE appid = $1', [appid, said]);
  }
}

export function alarmAt(ageSeconds: number): TicketAlarm {
  if (ageSeconds >= lifeSeconds) return 'expired';
  if (ageSeconds >= alarmSeconds) return 'alarm';
  return ageSeconds >= warningSeconds ? 'warning' : 'none';
}

const ages = (rows: Repository<Platform>): Promise<Watched[]> =>
  rows.query<Watched[]>(
    `SELECT platform.appid, alarm, sealed_ticket IS NOT NULL AS "hasTicket",
            extract(epoch FROM now() - coalesce(kept_at, watched_since))::float8 AS "ageSeconds"
       FROM platform JOIN app USING (appid) WHERE app.enabled`,
  );

function minutes(seconds: number): string {
  const whole = Math.round(seconds / 60);
  return whole < 120 ? `${whole} minutes` : `${Math.floor(whole / 60)} hours and ${whole % 60} minutes`;
}
