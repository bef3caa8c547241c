import { describe, expect, it } from '@jest/globals';
import { MessageEnvelope, sortedSha1 } from '#wechat-crypto';
import { type PushQuery, type PushReceiver, addresseeOf, dedupeKeyOf, readPush, readRelayReply } from '#wechat';
import { NestLog, makeLog } from '../apps/gateway/src/log.js';
import { TestGateway } from './support/gateway.js';
import { Dice, bulk, corpus, mutated, openings } from './support/mutated-pushes.js';
import { callbackToken, signedPush } from './support/pusher.js';

/** `npm run fuzz` runs the same in full. */
const isFull = process.env.FUZZ === 'full';
const bodies = isFull ? 1_000_000 : 20_000;
const forgeries = isFull ? 100_000 : 5_000;
const requests = isFull ? 20_000 : 500;
const cpuMillisecondsMax = 50;

const secrets = { token: 'FuzzToken', encodingAesKey: 'f'.repeat(43) };
const receiver: PushReceiver = { receiveId: 'wx3cc8fd6963e31a32', mode: 'plain', generations: [secrets] };
const now = new Date('2026-01-31T12:00:00Z');
const moment = { now, windowSeconds: 600 };
const timestamp = String(now.getTime() / 1_000);
const nonce = '99';
const signed: PushQuery = { timestamp, nonce, signature: sortedSha1([secrets.token, timestamp, nonce]) };

/** Sealed every other time: what comes out of the envelope is no more to be trusted. */
function packed(body: string, sealedToo: boolean): [PushQuery, Buffer] {
  if (!sealedToo) return [signed, Buffer.from(body)];
  const encrypted = new MessageEnvelope({ encodingAesKey: secrets.encodingAesKey, receiveId: receiver.receiveId }).seal(body);
  const msg_signature = sortedSha1([secrets.token, timestamp, nonce, encrypted]);
  return [{ timestamp, nonce, encrypt_type: 'aes', msg_signature }, Buffer.from(`<xml><Encrypt>${encrypted}</Encrypt></xml>`)];
}

/** The processor's own time, and the least of some: the collector and other processes come in between as they like. */
function cpuMilliseconds(work: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < 10 && least > cpuMillisecondsMax; turn++) {
    const began = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(began);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}

function readWhole(query: PushQuery, body: Buffer): void {
  const verdict = readPush(receiver, query, body, moment);
  if (verdict.kind === 'push') dedupeKeyOf(verdict.push);
}

const log = new NestLog(makeLog({ level: 'info', to: { write: () => undefined } }));

/** Whoever reads what comes from outside, and how much of it at most. */
const readers: Record<string, { bytesMax: number; read: (text: string) => void }> = {
  'a push in the clear': { bytesMax: 262_144, read: (text) => readWhole(...packed(text, false)) },
  'a sealed push': { bytesMax: 190_000, read: (text) => readWhole(...packed(text, true)) },
  'the addressee of a push': { bytesMax: 262_144, read: (text) => void addresseeOf(Buffer.from(text)) },
  'what a framework answers': {
    bytesMax: 65_536,
    read: (text) => {
      try {
        readRelayReply(text, receiver, secrets);
      } catch {
        // Refused, which is as good.
      }
    },
  },
  'a line of the log': { bytesMax: 262_144, read: (text) => log.error(new Error(text)) },
};

describe('Any body', () => {
  it(
    'is read or refused without a crash, without taking long, and without a trace in JavaScript itself',
    () => {
      const dice = new Dice(20_261_121);
      const prototype = JSON.stringify(Object.getOwnPropertyNames(Object.prototype));
      const slow: string[] = [];

      for (let turn = 0; turn < bodies; turn++) {
        const body = mutated(dice);
        const packet = packed(body, turn % 4 === 0);
        const spent = cpuMilliseconds(() => readWhole(...packet));
        if (spent > cpuMillisecondsMax) slow.push(`${spent} ms: ${body.length} of ${body.slice(0, 200)}`);
      }

      expect(slow).toEqual([]);
      expect(JSON.stringify(Object.getOwnPropertyNames(Object.prototype))).toBe(prototype);
    },
    isFull ? 3_600_000 : 120_000,
  );
});

describe.each(Object.entries(readers))('%s', (_, { bytesMax, read }) => {
  it.each(bulk)('of nothing but %j is done with in no time, whatever it begins with', (part) => {
    const slow: string[] = [];
    for (const opening of openings)
      for (const bytes of isFull ? [bytesMax / 4, bytesMax] : [bytesMax]) {
        const text = (opening + part.repeat(bytes / part.length)).slice(0, bytes);
        const spent = cpuMilliseconds(() => read(text));
        if (spent > cpuMillisecondsMax) slow.push(`${spent} ms: ${bytes} of ${text.slice(0, 40)}`);
      }

    expect(slow).toEqual([]);
  });
});

describe('Any body over HTTP', () => {
  it(
    'is answered, and never by a 5xx',
    async () => {
      const dice = new Dice(20_000);
      const appid = 'wx00000000000000aa';
      const gateway = await TestGateway.start();
      const callback = { token: callbackToken, encoding_aes_key: 'h'.repeat(43), mode: 'plain' };
      const body = { appid, kind: 'mini_program', name: 'A', secret: '0'.repeat(32), callback };
      await gateway.admin('/apps', { method: 'POST', body });
      const statuses = new Map<number, number>();

      for (let turn = 0; turn < requests; turn += 20)
        await Promise.all(
          Array.from({ length: 20 }, async () => {
            const sent = signedPush(mutated(dice), { appid, isSealed: dice.below(3) === 0, aesKey: callback.encoding_aes_key });
            const type = dice.of(['text/xml', 'application/json', 'text/plain', 'multipart/form-data', '']);
            const answer = await gateway.ask(`/callbacks/${appid}?${sent.query}`, {
              method: 'POST',
              body: sent.body,
              headers: { 'content-type': type },
            });
            statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
          }),
        );

      expect([...statuses.keys()].filter((status) => ![200, 400, 403].includes(status))).toEqual([]);
      expect(statuses.get(200)).toBeGreaterThan(requests / 20);
      expect(gateway.logged.filter((line) => line.includes('"level":"error"'))).toEqual([]);
    },
    isFull ? 3_600_000 : 120_000,
  );
});

describe('A forged or stale signature', () => {
  it('is never accepted', () => {
    const dice = new Dice(7);
    const body = corpus[0] ?? '';
    let accepted = 0;
    for (let turn = 0; turn < forgeries; turn++) {
      const [query, sent] = packed(body, turn % 2 === 0);
      const forged: Record<string, string | undefined> = { ...query };
      const part = dice.of(
        query.msg_signature === undefined ? ['signature', 'timestamp', 'nonce'] : ['msg_signature', 'timestamp', 'nonce', 'body'],
      );
      const value = forged[part] ?? '';
      const at = dice.below(value.length || 1);
      const other =
        part === 'timestamp'
          ? String(dice.below(2_000_000_000))
          : value.slice(0, at) + dice.of([...'0123456789abcdefABCDEF']) + value.slice(at + 1);
      if (other === value && part !== 'body') continue;
      forged[part] = dice.below(10) === 0 ? undefined : other;
      const bytes = part === 'body' ? Buffer.from(packed(dice.of(corpus.slice(1)), true)[1]) : sent;
      if (
        readPush({ ...receiver, mode: dice.of(['plain', 'compatible', 'safe'] as const) }, forged, bytes, moment).kind === 'push'
      )
        accepted++;
    }
    expect(accepted).toBe(0);
  });
});
