import { Appid, OneOf, Openid, Part, Printable, Text, Time, Whole, field } from '#api';
import { IsIP } from 'class-validator';
import type { Confirmation, LoginStatus } from './qr-login.entity.js';

export const exampleLoginId = 'qrl_4fGh7Kq2LmN8pR1sT6vX0z';
const visible = /^[^\p{Cc}\p{Cs}]{1,200}$/u;

export const Binding = (description: string): PropertyDecorator =>
  Printable(200, description, { example: '9f86d081884c7d659a2feaa0c55ad015' });

export class ContextPart {
  @Text('What the person logs in to', {
    optional: 'or null',
    pattern: visible,
    message: 'must be 1 to 200 characters',
    example: '示例商城',
  })
  application?: string;
  @field(
    { description: 'The address of the browser', optional: 'or null', example: '203.0.113.7' },
    { type: String },
    IsIP(undefined, { message: 'must be an IP address' }),
  )
  ip?: string;
  @Text('The User-Agent of the browser', {
    optional: 'or null',
    pattern: /^[^\p{Cc}\p{Cs}]{1,500}$/u,
    message: 'must have 1 to 500 characters, no control characters among them',
    example: 'Mozilla/5.0 (Windows NT 10.0)',
  })
  user_agent?: string;
}

export class LoginRequest {
  @Binding('A hash of the browser session that asked: ties the login to that browser, and must be shown again to redeem it')
  binding!: string;
  @Whole('How long the code is good', { optional: true, min: 30, max: 600, default: 120 }) ttl_seconds: number = 120;
  @OneOf(
    ['page', 'none'],
    '`page`: the person agrees on a page inside WeChat. `none`: the scan is enough, and nothing warns of a code that somebody else shows them',
    { optional: true, default: 'page' },
  )
  confirm: Confirmation = 'page';
  @Part(ContextPart, 'What the person is shown before they agree', { optional: 'or null' }) context?: ContextPart;
}

const statuses: LoginStatus[] = ['pending', 'scanned', 'confirmed', 'redeemed', 'expired', 'denied', 'cancelled'];

export class LoginStateAnswer {
  @Text({ example: exampleLoginId }) id!: string;
  @OneOf(statuses, { example: 'pending' }) status!: LoginStatus;
  @Time({ example: '2026-01-31T12:02:00.000Z' }) expires_at!: string;
  @Text('While `confirmed`: for your server, which redeems it', { optional: true, example: `${exampleLoginId}.h8Q…` })
  login_code?: string;
}

export class NewLoginAnswer {
  @Text({ example: exampleLoginId }) id!: string;
  @OneOf(statuses, { example: 'pending' }) status!: LoginStatus;
  @Text('What the code says, to draw it yourself', { example: 'http://weixin.qq.com/q/02i_CE54ZYc4E1kHQ9xwcQ' })
  qr_content!: string;
  @Text('The code, drawn', { example: '<svg …/>' }) qr_svg!: string;
  @Text('For the browser: it sees the status with it and nothing else', { example: `${exampleLoginId}.Zk3…` })
  poll_token!: string;
  @Time({ example: '2026-01-31T12:02:00.000Z' }) expires_at!: string;
}

export class RedeemRequest {
  @Printable(200, 'From the browser', { example: `${exampleLoginId}.h8Q2kYwN1vT5xE0dLrPz7mCjBaUoS9gFiH4WnX6qKtM` })
  login_code!: string;
  @Binding('Of the session that the browser has with you')
  binding!: string;
}

export class LoggedInUser {
  @Text({ example: '王小明' }) nickname!: string;
  @Text({ example: 'https://thirdwx.qlogo.cn/mmopen/vi_32/…/132' }) headimgurl!: string;
}

export class RedeemedAnswer {
  @Appid() appid!: string;
  @Openid() openid!: string;
  @Text({ nullable: true, example: 'oXyZ01bCdEfGhIjKlMnOpQrStUvW' }) unionid!: string | null;
  @Part(LoggedInUser, 'As web authorisation last showed them; null where it never did', { nullable: true })
  user!: LoggedInUser | null;
  @Time({ example: '2026-01-31T12:01:07.000Z' }) scanned_at!: string;
}
