import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type Actor, AuditLog } from '#access';
import { Accounts } from '#account';
import { Changes, RowMemory } from '#changes';
import { InvalidInput } from '#errors';
import type { PassiveReply, ReceivedPush } from '#wechat';
import { Repository } from 'typeorm';
import { AppVoice, type ReplyRule } from './app-voice.entity.js';

/** A text of the gateway's own that an app may word otherwise. `{name}` stands for what is filled in. */
export interface OwnText {
  readonly otherwise: string;
  readonly means: string;
}

/** What apps say by themselves. */
@Injectable()
export class AppVoices {
  private readonly memory: RowMemory<AppVoice>;
  private readonly ownTexts = new Map<string, OwnText>();

  constructor(
    @InjectRepository(AppVoice) private readonly rows: Repository<AppVoice>,
    private readonly accounts: Accounts,
    private readonly audit: AuditLog,
    changes: Changes,
  ) {
    // An app without a row is remembered too: most have none, and each of their pushes asks.
    this.memory = new RowMemory(changes, 'app_voice', async (appid) => (await this.rows.findOneBy({ appid })) ?? silent(appid));
  }

  /** Rooms above name the texts they use. */
  speak(name: string, text: OwnText): void {
    this.ownTexts.set(name, text);
  }

  get texts(): ReadonlyMap<string, OwnText> {
    return this.ownTexts;
  }

  async of(appid: string): Promise<AppVoice> {
    return this.memory.held(appid) ?? (await this.memory.get(appid)) ?? silent(appid);
  }

  async text(appid: string, name: string, filledIn: Readonly<Record<string, string>> = {}): Promise<string> {
    const { texts } = await this.of(appid);
    const text = texts[name] ?? this.ownTexts.get(name)?.otherwise ?? '';
    return text.replace(/\{(\w+)\}/g, (all, place: string) => filledIn[place] ?? all);
  }

  /** The first rule that fits. */
  async replyTo(appid: string, push: ReceivedPush): Promise<PassiveReply | null> {
    const { rules } = await this.of(appid);
    return rules.find((rule) => fits(rule, push))?.reply ?? null;
  }

  async setRules(appid: string, rules: ReplyRule[], by: Actor): Promise<AppVoice> {
    const { nature } = await this.accounts.get(appid);
    const odd = rules.findIndex(({ reply }) => nature === 'mini_program' && reply.kind !== 'transfer');
    if (odd >= 0)
      throw new InvalidInput([{ path: `rules.${odd}.reply`, message: 'a mini program may only transfer to customer service' }]);
    return this.write(appid, { rules }, by, 'reply_rules.set');
  }

  async setTexts(appid: string, texts: Record<string, string>, by: Actor): Promise<AppVoice> {
    await this.accounts.get(appid);
    const unknown = Object.keys(texts).filter((name) => !this.ownTexts.has(name));
    if (unknown.length > 0)
      throw new InvalidInput(unknown.map((name) => ({ path: `texts.${name}`, message: 'is no text of the gateway' })));
    return this.write(appid, { texts }, by, 'texts.set');
  }

  private async write(
    appid: string,
    change: Partial<Pick<AppVoice, 'rules' | 'texts'>>,
    by: Actor,
    action: string,
  ): Promise<AppVoice> {
    await this.rows.manager.transaction(async (transaction) => {
      await transaction.upsert(AppVoice, { appid, ...change }, ['appid']);
      await this.audit.record(transaction, by, { action, appid, subject: appid, details: { ...change } });
    });
    this.memory.drop(appid);
    return this.of(appid);
  }
}

const silent = (appid: string): AppVoice => Object.assign(new AppVoice(), { appid, rules: [], texts: {} });

function fits({ when }: ReplyRule, { type, event, fields }: ReceivedPush): boolean {
  if (when.type !== undefined && when.type !== type) return false;
  if (when.eventKey !== undefined && fields?.EventKey !== when.eventKey) return false;
  if (when.keyword === undefined) return true;
  if (event.kind !== 'text') return false;
  const [said, wanted] = [event.content.trim().toLowerCase(), when.keyword.toLowerCase()];
  return when.match === 'contains' ? said.includes(wanted) : said === wanted;
}
