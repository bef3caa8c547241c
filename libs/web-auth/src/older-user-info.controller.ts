import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AppNotFound } from '#app';
import { CallingKeyIfAny, FromAddress, type LivingKey, NeedsScopeOrTrustedAddress, RequestId, Enveloped } from '#access';
import { Appid, FailsWith, IgnoresUnknownFields, Openid, Operation, Part, Text, Whole, field } from '#api';
import { GatewayError } from '#errors';
import { Matches } from 'class-validator';
import { Code } from './oauth-shapes.js';
import { type OlderAnswer, olderAnswer, olderCodeOf, olderCodes, olderFailure } from './older-envelope.js';
import { OlderCalls } from './older-calls.js';
import { CodeMissing, CodeRefused } from './web-auth-errors.js';
import { WebAuthorizations } from './web-authorizations.js';
import type { WebLogin } from './web-login.js';

const path = 'v1/service/wx/getwxuserinfo';
const sourcePattern = /^[^\p{Cc}\p{Cs}]{1,100}$/u;

@IgnoresUnknownFields()
class OlderUserInfoRequest {
  @field(
    {
      description: 'What the caller calls itself: counted, for the day the address is switched off',
      example: 'curl-test',
    },
    // As readers without Unicode classes take it. Half a surrogate pair is refused as well.
    { type: String, pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]{1,100}$' },
    Matches(sourcePattern, { message: 'must be 1 to 100 characters' }),
  )
  source!: string;
  @Appid() appid!: string;
  @Code() code?: string | null;
}

class OlderRet {
  @Whole('0: it went well', { example: 0 }) code!: number;
  @Text({ example: 'OK' }) msg!: string;
  @Text({ example: 'wxmsg_8e0f5dbb-3a53-4bb1' }) request_id!: string;
}

/** Absent texts are empty. After a failure there is none of these. */
class OlderUserInfo {
  @Appid({ optional: true }) appid?: string;
  @Text('Always empty: it never leaves the gateway', { optional: true, example: '' }) access_token?: string;
  @Openid({ optional: true }) openid?: string;
  @Text('Always empty: it never leaves the gateway', { optional: true, example: '' }) refresh_token?: string;
  @Text({ optional: true, example: '王小明' }) nickname?: string;
  @Whole({ optional: true, example: 0 }) sex?: number;
  @Text({ optional: true, example: '' }) province?: string;
  @Text({ optional: true, example: '' }) city?: string;
  @Text({ optional: true, example: '' }) country?: string;
  @Text({ optional: true, example: 'https://thirdwx.qlogo.cn/mmopen/vi_32/Q0j4TwGTfTL/132' }) headimgurl?: string;
  @Text({ optional: true, example: 'oXyZ01bCdEfGhIjKlMnOpQrStUvW' }) unionid?: string;
  @Whole('1: a made-up person, bind nothing to them', { optional: true, example: 0 }) is_snapshot_user?: number;
}

class OlderUserInfoAnswer {
  @Part(OlderRet) ret!: OlderRet;
  @Part(OlderUserInfo) body!: OlderUserInfo;
}

const codes = Object.entries(olderCodes)
  .map(([code, meaning]) => `| ${code} | ${meaning} |`)
  .join('\n');

@ApiTags('web authorisation')
@Controller(path)
export class OlderUserInfoController {
  constructor(
    private readonly authorizations: WebAuthorizations,
    private readonly calls: OlderCalls,
  ) {}

  @Post()
  @HttpCode(200)
  @Enveloped({ rule: { who: 'key', scopes: ['oauth'], orTrustedAddress: true }, wrap: olderFailure })
  @NeedsScopeOrTrustedAddress('oauth')
  @Operation(
    'Who a code stands for, by the older call',
    `For callers that know it; new ones use \`exchange\`. Fields that are not described are ignored. Callers from \`LEGACY_TRUSTED_CIDRS\` need no key. A missing or bad key is a problem document; every other failure has status 200 and a \`ret.code\`:\n\n| code | meaning |\n| --- | --- |\n${codes}\n\nA code of \`snsapi_base\` fills \`openid\` alone.`,
  )
  @ApiOkResponse({ type: OlderUserInfoAnswer })
  @FailsWith(CodeRefused)
  async getWxUserInfo(
    @Body() wanted: OlderUserInfoRequest,
    @CallingKeyIfAny() key: LivingKey | undefined,
    @FromAddress() address: string,
    @RequestId() requestId: string,
  ): Promise<OlderAnswer> {
    key?.mustHoldApp(wanted.appid);
    const call = { appid: wanted.appid, source: wanted.source, caller: key?.id ?? 'anybody', address };
    try {
      if (!wanted.code) throw new CodeMissing();
      const login = await this.authorizations.login(wanted.appid, wanted.code, 'zh_CN', key?.id);
      this.calls.note({ ...call, code: 0 });
      return olderAnswer(userInfo(wanted.appid, login), requestId);
    } catch (error) {
      // Apps that there are not are without number, and each would be a row and a series.
      const appid = error instanceof AppNotFound ? 'unknown' : call.appid;
      this.calls.note({ ...call, appid, code: olderCodeOf(error instanceof GatewayError ? error : undefined) });
      throw error;
    }
  }
}

const userInfo = (appid: string, { openid, unionid, scope, profile, isSnapshot }: WebLogin): Required<OlderUserInfo> => ({
  appid,
  access_token: '',
  openid,
  refresh_token: '',
  nickname: profile?.nickname ?? '',
  sex: profile?.sex ?? 0,
  province: profile?.province ?? '',
  city: profile?.city ?? '',
  country: profile?.country ?? '',
  headimgurl: profile?.headimgurl ?? '',
  // As its callers know it: an `snsapi_base` code fills the openid alone.
  unionid: scope === 'snsapi_base' ? '' : (unionid ?? ''),
  is_snapshot_user: isSnapshot ? 1 : 0,
});
