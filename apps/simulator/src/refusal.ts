/** An errcode on its way to the caller. Every endpoint throws it; the server turns it into WeChat's 200 with an error. */
export class Refusal extends Error {
  constructor(
    readonly errcode: number,
    text: string = textOf(errcode),
  ) {
    super(text);
  }
}

/**
 * WeChat's English texts, without the trace data that follows them.
 * https://developers.weixin.qq.com/doc/offiaccount/Getting_Started/Global_Return_Code.html
 */
const texts: Readonly<Record<number, string>> = {
  [-1]: 'system error',
  40001:
    'invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r',
  40002: 'invalid grant_type',
  40003: 'invalid openid',
  40013: 'invalid appid',
  40014: 'invalid access_token',
  40029: 'invalid code',
  40030: 'invalid refresh_token',
  40035: 'invalid args size',
  40052: 'invalid action name',
  40053: 'invalid action info, please check document',
  40066: 'invalid url',
  40097: 'invalid args',
  40125: 'invalid appsecret',
  40163: 'code been used',
  40201: 'no callback url',
  40202: 'invalid action',
  40203: 'invalid check operator',
  40243: 'AppSecret frozen',
  41001: 'access_token missing',
  41002: 'appid missing',
  41003: 'refresh_token missing',
  41004: 'appsecret missing',
  41008: 'missing code',
  41009: 'missing openid',
  42001: 'access_token expired',
  42002: 'refresh_token expired',
  42003: 'code expired',
  42007: 'access_token and refresh_token exception',
  43001: 'require GET method',
  43002: 'require POST method',
  44002: 'empty post data',
  45009: 'reach max api daily quota limit',
  45011: 'api minute-quota reach limit, must slower, retry next minute',
  45029: 'qrcode count out of limit',
  47001: 'data format error',
  48001: 'api unauthorized',
  48004: 'api forbidden for irregularities, view detail on mp.weixin.qq.com',
  48006: 'forbid to clear quota because of reaching the limit',
  50001: 'api unauthorized or user unauthorized',
  50002: 'user limited',
  50004: 'user not allow to use accesstoken',
  50007: 'account frozen',
  76001: 'rid not found',
  76002: 'invalid rid',
  76003: 'rid not match with appid',
  76004: 'rid is too old',
  76021: 'cgi_path not found, please check',
  76022: 'could not use this cgi_path, no permission',
};

export const textOf = (errcode: number): string => texts[errcode] ?? `error ${errcode}`;
