import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { NeedsScope } from '#access';
import { Appid, AppidParam, FailsWith, Operation, PageAddress, Text, Whole } from '#api';
import { JsapiSignatures } from './jsapi-signatures.js';
import { UrlNotAllowed, tokenFailures } from './token-errors.js';

class PageToSign {
  @PageAddress('The address of the page as its browser shows it', { example: 'https://shop.example.com/cart?id=1' }) url!: string;
}

class JsapiSignatureAnswer {
  @Appid('The `appId` of `wx.config`') appid!: string;
  @Whole('The `timestamp`: Unix seconds', { example: 1_769_860_800 }) timestamp!: number;
  @Text('The `nonceStr`', { example: 'Wm3WZYTPz0wzccnW' }) nonce_str!: string;
  @Text('The `signature`', { example: '0f9de62fce790f9a083d5c99e95740ceb90c27ed' }) signature!: string;
}

@ApiTags('tokens')
@Controller('v1/apps/:appid/jsapi-signature')
export class JsapiSignatureController {
  constructor(private readonly signatures: JsapiSignatures) {}

  @Get()
  @NeedsScope('jssdk')
  @Operation('What `wx.config` of the JS-SDK wants for a page', "Only for pages under the app's `jsapi_url_prefixes`.")
  @ApiOkResponse({ type: JsapiSignatureAnswer })
  @FailsWith(...tokenFailures, UrlNotAllowed)
  async signJsapiPage(@AppidParam() appid: string, @Query() page: PageToSign): Promise<JsapiSignatureAnswer> {
    const { timestamp, nonce, signature } = await this.signatures.sign(appid, page.url);
    return { appid, timestamp, nonce_str: nonce, signature };
  }
}
