import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type Fate, LateReplies, type LateReply, type WayOut } from '#callback';
import { type PassiveReply, type WechatMessage, sendCustomerMessage } from '#wechat';
import { OutcomeUnknown, SendNotRepeated } from './message-errors.js';
import { type RepeatNames, Sends } from './sends.js';

/** Messages of the account's own accord, while WeChat lets it write to the person. */
@Injectable()
export class CustomerMessages implements WayOut, OnModuleInit {
  constructor(
    private readonly sends: Sends,
    private readonly late: LateReplies,
  ) {}

  onModuleInit(): void {
    this.late.register(this);
  }

  send(appid: string, message: WechatMessage & { touser: string }, names: RepeatNames = {}): Promise<{ id: string }> {
    const order = { appid, kind: 'customer', openid: message.touser, message, ...names } as const;
    return this.sends.send(order, sendCustomerMessage);
  }

  /** What was meant as the answer to a push and came too late for it. */
  async sendLate({ appid, seq, handler, openid, reply }: LateReply): Promise<Fate> {
    const content = contentOf(reply);
    if (!content) return { status: 'lost', reason: `there is no message for a reply of the type ${reply.kind}` };
    try {
      await this.send(appid, { touser: openid, ...content }, { requestKey: `reply ${appid} ${seq} ${handler}` });
      return { status: 'sent' };
    } catch (error) {
      if (!(error instanceof OutcomeUnknown || error instanceof SendNotRepeated)) throw error;
      return { status: 'unknown', reason: error.message };
    }
  }
}

function contentOf(reply: PassiveReply): WechatMessage | undefined {
  switch (reply.kind) {
    case 'text':
      return { msgtype: 'text', text: { content: reply.content } };
    case 'image':
    case 'voice':
      return { msgtype: reply.kind, [reply.kind]: { media_id: reply.mediaId } };
    case 'news': {
      // One article is the most here.
      const [article] = reply.articles;
      if (!article) return undefined;
      const { title, description, url, pictureUrl } = article;
      return { msgtype: 'news', news: { articles: [{ title, description, url, picurl: pictureUrl }] } };
    }
    case 'music': {
      const { title = '', description = '', url = '', hqUrl = '', thumbMediaId } = reply;
      const music = { title, description, musicurl: url, hqmusicurl: hqUrl, thumb_media_id: thumbMediaId };
      return { msgtype: 'music', music };
    }
    case 'video':
    case 'transfer':
    case 'empty':
      // A video wants a thumbnail here, which the reply does not have.
      return undefined;
  }
}
