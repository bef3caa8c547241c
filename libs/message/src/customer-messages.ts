import { Injectable } from '@nestjs/common';
import { type PassiveReply, type WechatMessage, WechatMessageApi } from '#wechat';
import { type RepeatNames, Sends } from './sends.js';

/** Messages of the account's own accord, while WeChat lets it write to the person. */
@Injectable()
export class CustomerMessages {
  constructor(
    private readonly sends: Sends,
    private readonly wechat: WechatMessageApi,
  ) {}

  send(appid: string, message: WechatMessage & { touser: string }, names: RepeatNames = {}): Promise<{ id: string }> {
    const order = { appid, kind: 'customer', openid: message.touser, message, ...names } as const;
    return this.sends.send(order, (app, sent) => this.wechat.sendCustomer(app, sent));
  }

  /** What was meant as the answer to a push and came too late for it. Nothing where no such message can say it. */
  async sendReply(appid: string, to: { openid: string; requestKey: string }, reply: PassiveReply): Promise<void> {
    const content = contentOf(reply);
    if (content) await this.send(appid, { touser: to.openid, ...content }, { requestKey: to.requestKey });
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
      // A video wants a thumbnail here, which the reply does not have.
      return undefined;
  }
}
