import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type Actor, AuditLog } from '#access';
import { Apps } from '#app';
import { Changes, RowMemory } from '#changes';
import { InvalidInput } from '#errors';
import { type PassiveReply, type ReceivedPush, eventKeyIn } from '#wechat';
import { Repository } from 'typeorm';
import { AppReplies, type ReplyRule } from './app-replies.entity.js';

/** A text of the gateway that an app may replace. `{name}` marks a place that is filled in. */
export interface OwnText {
  readonly otherwise: string;
  readonly means: string;
}

@Injectable()
export class ReplyRules {
  private readonly memory: RowMemory<AppReplies>;
  private readonly ownTexts = new Map<string, OwnText>();

  constructor(
    @InjectRepository(AppReplies) private readonly rows: Repository<AppReplies>,
    private readonly apps: Apps,
    private readonly audit: AuditLog,
    changes: Changes,
  ) {
    // An app without a row is remembered too, because most apps have none and each push asks.
    this.memory = new RowMemory(changes, 'app_voice', async (appid) => (await this.rows.findOneBy({ appid })) ?? silent(appid));
  }

  /** Rooms above declare the texts that they use. */
  registerText(name: string, text: OwnText): void {
    this.ownTexts.set(name, text);
  }

  get texts(): ReadonlyMap<string, OwnText> {
    return this.ownTexts;
  }

  async of(appid: string): Promise<AppReplies> {
    return this.memory.held(appid) ?? (await this.memory.get(appid)) ?? silent(appid);
  }

  async text(appid: string, name: string, filledIn: Readonly<Record<string, string>> = {}): Promise<string> {
    const { texts } = await this.of(appid);
    const text = texts[name] ?? this.ownTexts.get(name)?.otherwise ?? '';
    return text.replace(/\{(\w+)\}/g, (all, place: string) => filledIn[place] ?? all);
  }

  async replyTo(appid: string, push: ReceivedPush): Promise<PassiveReply | null> {
    const { rules } = await this.of(appid);
    return rules.find((rule) => fits(rule, push))?.reply ?? null;
  }

  async setRules(appid: string, rules: ReplyRule[], by: Actor): Promise<AppReplies> {
    const { nature } = await this.apps.get(appid);
    const odd = rules.findIndex(({ reply }) => nature === 'mini_program' && reply.kind !== 'transfer');
    if (odd >= 0)
      throw new InvalidInput([{ path: `rules.${odd}.reply`, message: 'a mini program may only transfer to customer service' }]);
    return this.write(appid, { rules }, by, 'reply_rules.set');
  }

  async setTexts(appid: string, texts: Record<string, string>, by: Actor): Promise<AppReplies> {
    await this.apps.get(appid);
    const unknown = Object.keys(texts).filter((name) => !this.ownTexts.has(name));
    if (unknown.length > 0)
      throw new InvalidInput(unknown.map((name) => ({ path: `texts.${name}`, message: 'is no text of the gateway' })));
    return this.write(appid, { texts }, by, 'texts.set');
  }

  private async write(
    appid: string,
    change: Partial<Pick<AppReplies, 'rules' | 'texts'>>,
    by: Actor,
    action: string,
  ): Promise<AppReplies> {
    await this.rows.manager.transaction(async (transaction) => {
      await transaction.upsert(AppReplies, { appid, ...change }, ['appid']);
      await this.audit.record(transaction, by, { action, appid, subject: appid, details: { ...change } });
    });
    this.memory.drop(appid);
    return this.of(appid);
  }
}

const silent = (appid: string): AppReplies => Object.assign(new AppReplies(), { appid, rules: [], texts: {} });

function fits({ when }: ReplyRule, { type, event, fields }: ReceivedPush): boolean {
  if (when.type !== undefined && when.type !== type) return false;
  if (when.eventKey !== undefined && eventKeyIn(fields) !== when.eventKey) return false;
  if (when.keyword === undefined) return true;
  if (event.kind !== 'text') return false;
  const [said, wanted] = [event.content.trim().toLowerCase(), when.keyword.toLowerCase()];
  return when.match === 'contains' ? said.includes(wanted) : said === wanted;
}
