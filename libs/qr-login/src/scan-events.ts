import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ReplyRules, type EventHandler, EventHandlers, type KeptEvent } from '#callback';
import { Settings } from '#settings';
import { Users } from '#user';
import type { PassiveReply } from '#wechat';
import type { EntityManager } from 'typeorm';
import { LoginTokens } from './login-tokens.js';
import { QrLogin } from './qr-login.entity.js';
import { QrLogins } from './qr-logins.js';

/** A scan binds the person to the login of the code, and sends them a message that says what they log in to. */
@Injectable()
export class ScanEvents implements EventHandler, OnModuleInit {
  readonly name = 'qr-login';
  readonly kinds = ['scan', 'subscribe'] as const;
  readonly answers = true;

  constructor(
    private readonly logins: QrLogins,
    private readonly tokens: LoginTokens,
    private readonly handlers: EventHandlers,
    private readonly replyRules: ReplyRules,
    private readonly settings: Settings,
    private readonly users: Users,
  ) {}

  onModuleInit(): void {
    this.handlers.register(this);
    this.users.eraseAlso(async (transaction, { appid, openid }) => {
      await transaction.delete(QrLogin, { appid, openid });
    });
    const about = 'to somebody who scanned a login code';
    this.replyRules.registerText('qr_login.prompt', {
      means: `Asks for the decision, ${about}. {application}, {ip}, {url}`,
      otherwise:
        '你正在扫码登录「{application}」。\n登录地址：{ip}\n\n<a href="{url}">点击这里确认登录</a>\n\n如果不是你本人操作，请忽略这条消息，或在页面中选择“不是我”。',
    });
    this.replyRules.registerText('qr_login.confirmed', {
      means: `Said ${about} that needs no decision. {application}`,
      otherwise: '你已登录「{application}」。',
    });
    this.replyRules.registerText('qr_login.too_late', {
      means: `Said ${about} that is used or has expired`,
      otherwise: '这个登录二维码已失效，请刷新网页后重新扫码。',
    });
    this.replyRules.registerText('qr_login.cancelled', {
      means: `Said ${about} that two people scanned, or whose question could not be brought to the one who did`,
      otherwise: '这次登录已取消：二维码被不同的人扫过，或确认消息没能送达。请刷新网页后重新扫码。',
    });
  }

  async handle({ appid, push, openid }: KeptEvent, transaction: EntityManager): Promise<PassiveReply | undefined> {
    const scene = sceneOf(push);
    if (scene === undefined || openid === null) return undefined;
    const result = await this.logins.scan(appid, scene, openid, transaction);
    if (result.kind === 'foreign') return undefined;
    const names = { scanned: 'prompt', confirmed: 'confirmed', cancelled: 'cancelled', 'too-late': 'too_late' } as const;
    return {
      kind: 'text',
      content: await this.replyRules.text(appid, `qr_login.${names[result.kind]}`, this.facts(result.login)),
    };
  }

  /** The message did not reach the person, so nobody waits for a decision. */
  async lost({ appid, push, openid }: KeptEvent, transaction: EntityManager): Promise<void> {
    const scene = sceneOf(push);
    if (scene !== undefined && openid !== null) await this.logins.giveUp(appid, scene, openid, transaction);
  }

  private facts({ id, context }: QrLogin): Record<string, string> {
    return {
      application: plain(context.application ?? '网页'),
      ip: plain(context.ip ?? '未知'),
      url: `${this.settings.publicUrl}/login/confirm/${this.tokens.make('confirm', id)}`,
    };
  }
}

function sceneOf(push: KeptEvent['push']): string | undefined {
  const scene = push.kind === 'scan' ? push.scene : push.kind === 'subscribe' ? push.by?.scene : undefined;
  return scene?.startsWith('qrl_') ? scene : undefined;
}

/** A name that a service gives itself must not become a link in the chat. */
const plain = (text: string): string => text.replace(/[<>&]/g, '').slice(0, 60);
