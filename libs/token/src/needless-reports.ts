import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { TooManyRejections } from './token-errors.js';

const reportsMax = 5;
const windowSeconds = 600;

/**
 * Reports of living tokens, by key and app. Each may cost a call to WeChat, so a key that reports too many is refused for a
 * while. Other keys are not affected, and deaths are not counted here.
 */
@Injectable()
export class NeedlessReports {
  constructor(@InjectDataSource() private readonly database: DataSource) {}

  async mustBeFew(appid: string, keyId: string): Promise<void> {
    const [row] = await this.database.query<{ secondsLeft: number }[]>(
      `SELECT extract(epoch FROM reported_at[$3] - now())::float8 + $4 AS "secondsLeft"
         FROM needless_report WHERE appid = $1 AND key_id = $2 AND reported_at[$3] > now() - make_interval(secs => $4)`,
      [appid, keyId, reportsMax, windowSeconds],
    );
    if (row) throw new TooManyRejections(appid, row.secondsLeft);
  }

  /** The row is locked for each report, so that no more than allowed pass at once, even on several replicas. */
  async count(appid: string, keyId: string): Promise<void> {
    const rows = await this.database.query<unknown[]>(
      `INSERT INTO needless_report AS former (appid, key_id, reported_at) VALUES ($1, $2, ARRAY[now()])
       ON CONFLICT (appid, key_id) DO UPDATE
          SET reported_at = ARRAY(SELECT at FROM unnest(former.reported_at) AS at WHERE at > now() - make_interval(secs => $4)) || now()
        WHERE (former.reported_at[$3] > now() - make_interval(secs => $4)) IS NOT TRUE
       RETURNING 1`,
      [appid, keyId, reportsMax, windowSeconds],
    );
    if (rows.length === 0) throw new TooManyRejections(appid, windowSeconds);
  }
}
