import { type App } from '../apps.js';
import { textField } from '../call.js';
import { type Endpoint, json } from '../endpoint.js';
import { authorizationOf } from '../platform-callers.js';
import { Refusal } from '../refusal.js';
import { type Json } from '../wire-json.js';
import { funcInfo } from './component-authorizers.js';

const longestList = 500;

/** https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/ThirdParty/token/api_get_authorizer_info.html */
export const authorizerInfo: Endpoint = {
  verb: 'POST',
  path: '/cgi-bin/component/api_get_authorizer_info',
  caller: 'platform',
  answer(call, platform, body) {
    const authorization = authorizationOf(call, platform, textField(body, 'authorizer_appid'));
    return json(call, {
      authorizer_info: infoOf(authorization.app),
      authorization_info: {
        authorizer_appid: authorization.app.appid,
        authorizer_refresh_token: authorization.refreshToken,
        func_info: funcInfo(authorization),
      },
    });
  },
};

/** What a platform falls back on that has lost a refresh token. */
export const authorizerList: Endpoint = {
  verb: 'POST',
  path: '/cgi-bin/component/api_get_authorizer_list',
  caller: 'platform',
  answer(call, platform, body) {
    const [offset, count] = [body['offset'], body['count']];
    if (!isCount(offset) || !isCount(count)) throw new Refusal(40097);
    if (count > longestList) throw new Refusal(40170);
    const all = call.world.authorizations.of(platform);
    const list = all.slice(offset, offset + count).map((one) => ({
      authorizer_appid: one.app.appid,
      refresh_token: one.refreshToken,
      auth_time: one.at,
    }));
    return json(call, { total_count: all.length, list });
  },
};

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0;

/** `MiniProgramInfo` is what tells a mini program from an official account. */
function infoOf(app: App): Json {
  const isMiniProgram = app.kind === 'mini_program';
  return {
    nick_name: app.name,
    head_img: `http://wx.qlogo.cn/mmopen/simulator-${app.appid}/0`,
    service_type_info: { id: isMiniProgram ? 0 : 2 },
    verify_type_info: { id: app.verified ? 0 : -1 },
    user_name: app.originalId,
    principal_name: '示例有限公司',
    alias: '',
    business_info: { open_store: 0, open_scan: 0, open_pay: 0, open_card: 0, open_shake: 0 },
    qrcode_url: `http://mmbiz.qpic.cn/mmbiz_jpg/simulator-${app.appid}/0`,
    account_status: app.authorizerIsFrozen ? 19 : 1,
    idc: 1,
    signature: '模拟器里的帐号',
    ...(isMiniProgram ? { MiniProgramInfo: miniProgramInfo } : {}),
    register_type: 0,
    basic_config: { is_phone_configured: true, is_email_configured: true },
  };
}

const miniProgramInfo = {
  network: {
    RequestDomain: ['https://www.example.com'],
    WsRequestDomain: ['wss://www.example.com'],
    UploadDomain: ['https://www.example.com'],
    DownloadDomain: ['https://www.example.com'],
    UDPDomain: [],
    TCPDomain: [],
    BizDomain: [],
  },
  categories: [{ first: '工具', second: '信息查询' }],
  visit_status: 0,
};
