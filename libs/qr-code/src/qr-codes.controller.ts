import { Body, Controller, Get, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Idempotent, NeedsScope } from '#access';
import { AppidParam, FailsWith, Flag, OneOf, Opaque, Operation, Passes, Text, Time, Whole, field } from '#api';
import { InvalidInput } from '#errors';
import { Settings } from '#settings';
import { tokenFailures } from '#token';
import { qrImageUrl } from '#wechat';
import { drawPng, drawSvg } from './drawing.js';
import { QrCodeNotFound, QrCodes } from './qr-codes.js';

const thirtyDays = 2_592_000;
const isScene = (value: unknown): boolean =>
  (typeof value === 'string' && /^[^\p{Cc}\p{Cs}]{1,64}$/u.test(value)) ||
  (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 0xffff_ffff);

class QrCodeRequest {
  @field(
    {
      description: 'What a scan of the code says: a text of 1 to 64 characters, or an integer (permanent codes: at most 100,000)',
      example: 'shop-17',
    },
    {
      oneOf: [
        { type: 'string', minLength: 1, maxLength: 64 },
        { type: 'integer', minimum: 1, maximum: 0xffff_ffff },
      ],
    },
    Passes(isScene, 'must be a text of 1 to 64 characters or a positive integer of 32 bits'),
  )
  scene!: string | number;
  @Whole('How long it is good for', { optional: true, min: 60, max: thirtyDays, default: 604_800 }) expire_seconds?: number;
  @Flag('For ever; an account has 100,000 of these', { optional: true, default: false }) permanent?: boolean;
}

class QrCodeAnswer {
  @Text({ example: 'gQH47joAAAAAAAAAASxodHRwOi8vd2VpeGluLnFxLmNvbS9xL2taZ2Z3TVRtNzJXV1Brb3ZhYmJJ' }) ticket!: string;
  @Text('What the image says: draw it yourself, or take one of the images', {
    example: 'http://weixin.qq.com/q/02i_CE54ZYc4E1kHQ9xwcQ',
  })
  url!: string;
  @Text("WeChat's own image", { example: 'https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=gQH47joA' }) image_url!: string;
  @Time('Null for a permanent one', { nullable: true, example: '2026-02-07T12:00:00.000Z' }) expires_at!: string | null;
}

class ImageQuery {
  @Opaque({ example: 'gQH47joAAAAAAAAAASxodHRwOi8v' }) ticket!: string;
  @OneOf(['svg', 'png'], { optional: true, default: 'svg' }) format: 'svg' | 'png' = 'svg';
}

interface Reply {
  type(contentType: string): { send(body: string | Buffer): unknown };
}

@ApiTags('QR codes')
@Controller('v1/apps/:appid/qr-codes')
export class QrCodesController {
  constructor(
    private readonly codes: QrCodes,
    private readonly settings: Settings,
  ) {}

  @Post()
  @NeedsScope('qr')
  @Idempotent()
  @Operation(
    'Create a QR code with a parameter',
    'Verified service accounts only. A scan arrives as `event.scan`, or as `event.subscribe` with `qrscene_` before the scene.',
  )
  @ApiCreatedResponse({ type: QrCodeAnswer })
  @FailsWith(...tokenFailures)
  async createQrCode(@AppidParam() appid: string, @Body() wanted: QrCodeRequest): Promise<QrCodeAnswer> {
    checkTogether(wanted);
    const lifetimeSeconds = wanted.permanent ? null : (wanted.expire_seconds ?? 604_800);
    const { ticket, url, expiresAt } = await this.codes.create(appid, { scene: wanted.scene, lifetimeSeconds });
    return {
      ticket,
      url,
      image_url: qrImageUrl(this.settings.wechatMpUrl, ticket),
      expires_at: expiresAt?.toISOString() ?? null,
    };
  }

  @Get('image')
  @NeedsScope('qr')
  @Operation('Draw the image of a QR code')
  @ApiOkResponse({
    content: {
      'image/svg+xml': { schema: { type: 'string' }, example: '<svg …/>' },
      'image/png': { schema: { type: 'string', format: 'binary' }, example: '(PNG)' },
    },
  })
  @FailsWith(QrCodeNotFound)
  async drawQrCode(@AppidParam() appid: string, @Query() { ticket, format }: ImageQuery, @Res() reply: Reply): Promise<void> {
    const { url } = await this.codes.find(appid, ticket);
    if (format === 'png') reply.type('image/png').send(drawPng(url));
    else reply.type('image/svg+xml').send(drawSvg(url));
  }
}

/** What no single field can tell; before WeChat is asked, since its answer would not say which it was. */
function checkTogether({ scene, permanent = false, expire_seconds }: QrCodeRequest): void {
  if (permanent && expire_seconds !== undefined)
    throw new InvalidInput([{ path: 'expire_seconds', message: 'has no meaning for a permanent code' }]);
  if (permanent && typeof scene === 'number' && scene > 100_000)
    throw new InvalidInput([{ path: 'scene', message: 'must be at most 100000 for a permanent code' }]);
}
