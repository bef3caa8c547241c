import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Lifecycle, Randomness } from '#runtime';
import { type Place, Vault } from '#vault';
import { Repository } from 'typeorm';
import { IdempotencyKeyReused, RequestInFlight } from './idempotency-errors.js';
import { IdempotentRequest } from './idempotent-request.entity.js';

export interface RequestName {
  readonly caller: string;
  /** Method and path, see `calledRoute`. */
  readonly route: string;
  readonly key: string;
}

/** Either this request is the first and goes on, or an earlier one has the answer. */
export type Turn = { readonly attempt: string } | { readonly answer: unknown };

/** A request without an answer after that time counts as dead with its process, and a repeat runs again. */
const holdSeconds = 60;
const keptHours = 24;

@Injectable()
export class IdempotentRequests {
  private readonly log = new Logger('IdempotentRequests');

  constructor(
    @InjectRepository(IdempotentRequest) private readonly rows: Repository<IdempotentRequest>,
    private readonly vault: Vault,
    private readonly randomness: Randomness,
    private readonly lifecycle: Lifecycle,
  ) {}

  async begin(name: RequestName, body: unknown): Promise<Turn> {
    const attempt = this.randomness.word(12);
    const bodyHash = hashOfBody(body);
    // One statement decides which of two equal requests is the first, on whatever replicas they arrive.
    const held: unknown[] = await this.rows.query(
      `INSERT INTO idempotent_request AS earlier (caller, route, key, body_hash, attempt, held_until)
       VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))
       ON CONFLICT (caller, route, key) DO UPDATE
          SET body_hash = excluded.body_hash, attempt = excluded.attempt, held_until = excluded.held_until,
              sealed_answer = NULL, created_at = now()
        WHERE earlier.created_at < now() - make_interval(hours => $7)
           OR (earlier.sealed_answer IS NULL AND earlier.held_until < now() AND earlier.body_hash = excluded.body_hash)
       RETURNING attempt`,
      [name.caller, name.route, name.key, bodyHash, attempt, holdSeconds, keptHours],
    );
    if (held.length > 0) return { attempt };

    const earlier = await this.rows.findOneBy({ ...name });
    if (earlier && earlier.bodyHash !== bodyHash) throw new IdempotencyKeyReused();
    if (!earlier?.sealedAnswer) throw new RequestInFlight();
    return { answer: JSON.parse(await this.vault.open(place(name), earlier.sealedAnswer)) as unknown };
  }

  /** The caller gets its answer even if this fails, because the work is done. */
  async keep(name: RequestName, attempt: string, answer: unknown): Promise<void> {
    try {
      const sealedAnswer = await this.vault.seal(place(name), JSON.stringify(answer ?? null));
      await this.rows.update({ ...name, attempt }, { sealedAnswer });
    } catch (error) {
      this.log.warn(`The answer of ${name.route} was not kept for a repeat: ${(error as Error).message}`);
    }
  }

  /** The request failed, so it may be tried again. */
  async release(name: RequestName, attempt: string): Promise<void> {
    await this.rows.delete({ ...name, attempt }).catch((error: Error) => {
      this.log.warn(
        `The Idempotency-Key of a failed request to ${name.route} stays reserved for ${holdSeconds} s: ${error.message}`,
      );
    });
  }

  async forgetOld(): Promise<void> {
    if (!this.lifecycle.isServing) return;
    await this.rows.query('DELETE FROM idempotent_request WHERE created_at < now() - make_interval(hours => $1)', [keptHours]);
  }
}

const place = (name: RequestName): Place => ({
  table: 'idempotent_request',
  column: 'sealed_answer',
  row: JSON.stringify([name.caller, name.route, name.key]),
  owner: 'gateway',
});

/** Equal for bodies that a caller would call the same request. */
export const hashOfBody = (body: unknown): string => createHash('sha256').update(canonical(body)).digest('hex');

/** The result does not depend on the order in which a JSON library writes the members. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, one]) => `${JSON.stringify(name)}:${canonical(one)}`).join(',')}}`;
}
