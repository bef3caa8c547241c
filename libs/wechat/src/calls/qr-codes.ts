import { permissionSets } from '../permission-sets.js';
import { declared } from '../wechat-call.js';

export interface QrCodeOrder {
  /** An integer or a text: each has codes of its own. */
  readonly scene: number | string;
  /** Null: permanent. */
  readonly lifetimeSeconds: number | null;
}

export interface IssuedQrCode {
  readonly ticket: string;
  /** What the image says. */
  readonly url: string;
}

/** https://developers.weixin.qq.com/doc/offiaccount/Account_Management/Generating_a_Parametric_QR_Code.html */
export const createQrCode = declared('POST', '/cgi-bin/qrcode/create', 'app', {
  permissionSet: permissionSets.accountServices,
  takes: ({ scene, lifetimeSeconds }: QrCodeOrder) => {
    const isNumber = typeof scene === 'number';
    return {
      ...(lifetimeSeconds !== null && { expire_seconds: lifetimeSeconds }),
      action_name: `QR_${lifetimeSeconds === null ? 'LIMIT_' : ''}${isNumber ? '' : 'STR_'}SCENE`,
      action_info: { scene: isNumber ? { scene_id: scene } : { scene_str: scene } },
    };
  },
  gives: (answer): IssuedQrCode => ({ ticket: answer.text('ticket'), url: answer.text('url') }),
});

/** WeChat's own picture of a code; it needs no credential. */
export const qrImageUrl = (origin: string, ticket: string): string =>
  `${origin}/cgi-bin/showqrcode?ticket=${encodeURIComponent(ticket)}`;
