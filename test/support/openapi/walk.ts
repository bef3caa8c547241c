import { changed, damages, detours } from './bad-input.js';
import type { ApiDocument, Operation } from './document.js';
import { type Circumstances, Judge, json } from './judge.js';
import { WalkMemory } from './memory.js';
import type { Choice, Plan, PlannedBody } from './plan.js';
import { written } from './shorthand.js';
import { Wire, type WireAnswer, type WireRequest } from './wire.js';

export interface WalkedApi {
  readonly url: string;
  readonly document: ApiDocument;
  readonly adminToken: string;
  /** A key that may do everything. */
  readonly key: { readonly id: string; readonly key: string };
}

/** Walks through an API, a planned request at a time, and remembers what it has seen. */
export class Walk {
  /** How many requests were meant well, and how many of them were granted. */
  meantWell = 0;
  granted = 0;
  private readonly memory: WalkMemory;
  private readonly judge: Judge;
  private readonly wire: Wire;

  constructor(private readonly api: WalkedApi) {
    this.memory = new WalkMemory(api.key.id);
    this.judge = new Judge(api.document);
    this.wire = new Wire(api.url);
  }

  /** Throws when the answer breaks a promise. */
  async take(plan: Plan): Promise<void> {
    const request = this.requestOf(plan);
    const answer = await this.wire.send(request).catch((cause: Error) => {
      throw new Error(report(plan, request, undefined, [`never came: ${cause.message}`]), { cause });
    });
    if (plan.isMeantWell) {
      this.meantWell++;
      if (answer.status < 300) this.granted++;
    }

    const circumstances: Circumstances = { intended: plan.operation, credentialIs: standing(plan) };
    const { operation, faults } = this.judge.verdict(request, answer, circumstances);
    const secret = this.memory.secretIn(answer.text + JSON.stringify(answer.headers));
    if (secret !== undefined) faults.push(`shows a secret that was sent: ${secret}`);
    if (operation && answer.status < 300) this.memory.noteAnswer(operation, json(answer.text));
    if (faults.length > 0) throw new Error(report(plan, request, answer, faults));
  }

  close(): void {
    this.wire.close();
  }

  private requestOf(plan: Plan): WireRequest {
    const { authorization } = this.credentialOf(plan);
    const body = plan.body && this.bodyOf(plan.body);
    const target = this.targetOf(plan);
    return {
      // What is too long to be read is answered before anybody knows that it is a HEAD: with a body, which no client expects.
      method: plan.method === 'HEAD' && target.length > 8_000 ? 'GET' : plan.method,
      target,
      headers: {
        'x-forwarded-for': plan.address,
        ...(authorization !== undefined && { authorization }),
        ...(plan.body && { 'content-type': plan.body.mediaType }),
        ...onTheWire(plan.headers),
      },
      body,
    };
  }

  private bodyOf({ json, changes, damage }: PlannedBody): Buffer {
    const value = changes.reduce(changed, json);
    this.memory.noteSecretsOf(value);
    return Buffer.from(damages[damage](written(JSON.stringify(value))));
  }

  private targetOf({ operation, path, detour, query, rawQuery }: Plan): string {
    const filled = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => escaped(this.chosen(operation, name, path[name])));
    const pairs = query.map(([name, choice]) => `${escaped(written(name))}=${escaped(this.chosen(operation, name, choice))}`);
    const all = [...pairs, ...(rawQuery === '' ? [] : [rawQuery])].join('&');
    return written(detours[detour](filled) + (all === '' ? '' : `?${all}`));
  }

  private chosen(operation: Operation, name: string, choice: Choice | undefined): string {
    if (choice === undefined) return '';
    return written('text' in choice ? choice.text : (this.memory.recall(operation, name, choice.seen) ?? choice.otherwise));
  }

  private credentialOf({ operation, credential }: Plan): { authorization?: string } {
    const { adminToken } = this.api;
    const { key } = this.api.key;
    const wantsAdmin = operation.security?.some((one) => 'admin' in one) ?? false;
    const right = wantsAdmin ? adminToken : key;
    if (credential === 'none') return {};
    if (credential === 'mistyped') return { authorization: `Bearer ${right.slice(0, -1)}\u00e9` };
    if (credential === 'no bearer') return { authorization: `Basic ${right}` };
    if (credential === 'another') return { authorization: `Bearer ${wantsAdmin ? key : adminToken}` };
    const seen = credential === 'right' || wantsAdmin ? undefined : this.memory.recall(operation, 'key', credential.seen);
    // Buttons of a menu have keys too, and nothing secret about them.
    const token = seen?.startsWith('wxg_') ? seen : right;
    this.memory.noteSecret(token);
    return { authorization: `Bearer ${token}` };
  }
}

function standing({ credential, operation }: Plan): Circumstances['credentialIs'] {
  if (credential === 'right') return 'right';
  if (credential === 'none' || credential === 'mistyped' || credential === 'no bearer') return 'wrong';
  const secured = (operation.security?.length ?? 0) > 0;
  return credential === 'another' && secured ? 'wrong' : 'unknown';
}

const onTheWire = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, written(value)]));

/** As `encodeURIComponent`, which throws at half a surrogate pair: here that goes out as the bytes it would be. */
const escaped = (text: string): string =>
  text
    .split(/(\p{Cs})/u)
    .map((part) => (/^\p{Cs}$/u.test(part) ? '%ED%A0%80' : encodeURIComponent(part)))
    .join('');

function report(plan: Plan, request: WireRequest, answer: WireAnswer | undefined, faults: string[]): string {
  const headers = { ...request.headers, authorization: undefined };
  return [
    `${plan.operation.operationId ?? plan.operation.path}: the answer ${faults.join('; ')}`,
    `${request.method} ${short(request.target)} (key: ${JSON.stringify(plan.credential)})`,
    short(JSON.stringify(headers)),
    plan.body ? `body: ${short(JSON.stringify(plan.body))}` : 'no body',
    answer ? `answer: ${answer.status} ${short(JSON.stringify(answer.headers))}\n${short(answer.text)}` : 'no answer',
  ].join('\n');
}

/** Fit to be looked at. */
function short(text: string): string {
  const told = text.replace(/(.)\1{30,}/g, (run: string, letter: string) => `${letter}{${run.length}}`);
  return told.length > 1_200 ? `${told.slice(0, 1_200)}… (${told.length})` : told;
}
