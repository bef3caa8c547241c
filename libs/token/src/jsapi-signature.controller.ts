import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { NeedsScope } from '#access';
import { ApiAppid, AppidPipe, FailsWith, exampleAppid } from '#api';
import { ValidateBy } from 'class-validator';
import { JsapiSignatures } from './jsapi-signatures.js';
import { UrlNotAllowed, tokenFailures } from './token-errors.js';

const pagePattern = /^https?:\/\/[\x21-\x7e\u0080-\uffff]{1,2000}$/;
const isPage = (value: unknown): boolean => typeof value === 'string' && pagePattern.test(value) && URL.canParse(value);

class PageToSign {
  @ApiProperty({ description: 'The address of the page as its browser shows it', example: 'https://shop.example.com/cart?id=1' })
  @ValidateBy({ name: 'isPage', validator: { validate: isPage } }, { message: 'must be the http or https address of a page' })
  url!: string;
}

class JsapiSignatureAnswer {
  @ApiProperty({ description: 'The `appId` of `wx.config`', example: exampleAppid })
  appid!: string;

  @ApiProperty({ description: 'The `timestamp`: Unix seconds', type: 'integer', example: 1_769_860_800 })
  timestamp!: number;

  @ApiProperty({ description: 'The `nonceStr`', example: 'Wm3WZYTPz0wzccnW' })
  nonce_str!: string;

  @ApiProperty({ description: 'The `signature`', example: '0f9de62fce790f9a083d5c99e95740ceb90c27ed' })
  signature!: string;
}

@ApiTags('tokens')
@Controller('v1/apps/:appid/jsapi-signature')
export class JsapiSignatureController {
  constructor(private readonly signatures: JsapiSignatures) {}

  @Get()
  @NeedsScope('jssdk')
  @ApiAppid()
  @ApiOperation({
    operationId: 'signJsapiPage',
    summary: 'What `wx.config` of the JS-SDK wants for a page',
    description: "Only for pages under the app's `jsapi_url_prefixes`.",
  })
  @ApiOkResponse({ type: JsapiSignatureAnswer })
  @FailsWith(...tokenFailures, UrlNotAllowed)
  async sign(@Param('appid', AppidPipe) appid: string, @Query() page: PageToSign): Promise<JsapiSignatureAnswer> {
    const { timestamp, nonce, signature } = await this.signatures.sign(appid, page.url);
    return { appid, timestamp, nonce_str: nonce, signature };
  }
}
