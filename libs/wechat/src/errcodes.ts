import type { Sentence } from '#errors';

/**
 * What an errcode asks of whom, after the tables of WeChat's return codes
 * (https://developers.weixin.qq.com/doc/offiaccount/Getting_Started/Global_Return_Code.html):
 * `renew` the credential and repeat once; it passes `later`; a `quota` is used up; the `caller` sent something wrong, or
 * the person's state forbids it; the `operator` must change something; a one-time `code` is used up or not valid; the
 * person must `consent` again; an account must give its platform a `permission`.
 */
export type Action =
  'renew' | 'later' | 'quota' | 'caller' | 'operator' | 'code-used' | 'code-invalid' | 'consent' | 'permission';

export interface Errcode {
  readonly action: Action;
  /** What to do, in plain words. */
  readonly hint: Sentence;
  /** Of a quota: when WeChat counts anew. */
  readonly counts?: 'by-day' | 'by-minute';
}

const renew = (en: string, zh: string): Errcode => ({ action: 'renew', hint: { en, zh } });
const later = (en: string, zh: string): Errcode => ({ action: 'later', hint: { en, zh } });
const quotaOfDay = (en: string, zh: string): Errcode => ({ action: 'quota', hint: { en, zh }, counts: 'by-day' });
export const quotaOfMinute = (en: string, zh: string): Errcode => ({ action: 'quota', hint: { en, zh }, counts: 'by-minute' });
const caller = (en: string, zh: string): Errcode => ({ action: 'caller', hint: { en, zh } });
const operator = (en: string, zh: string): Errcode => ({ action: 'operator', hint: { en, zh } });
const consent = (en: string, zh: string): Errcode => ({ action: 'consent', hint: { en, zh } });

const codeInvalid = (en: string, zh: string): Errcode => ({ action: 'code-invalid', hint: { en, zh } });
const codeUsed = (en: string, zh: string): Errcode => ({ action: 'code-used', hint: { en, zh } });

const beginAgain = 'let the person begin again';
const addToList = [
  "add the gateway's address to the IP allow-list of this app in the console of WeChat",
  '请在微信后台把网关的出口 IP 加入这个应用的 IP 白名单',
] as const;
const anotherMenu = ['the menu breaks a rule of WeChat: see the errmsg', '菜单不符合微信的规则：请看 errmsg'] as const;

/** By number. `docs/errcodes.md` is made from it. */
export const errcodeTable: ReadonlyMap<number, Errcode> = new Map<number, Errcode>([
  [-1, later('WeChat is busy; try again shortly', '微信系统繁忙，请稍后重试')],
  [
    10003,
    operator(
      "the domain of the redirect_uri is not the one set in WeChat's console",
      'redirect_uri 的域名与微信后台设置的不一致',
    ),
  ],
  [10004, operator('the account is banned', '该账号已被封禁')],
  [10005, operator('the account has no right to this scope', '该账号没有这个授权作用域（scope）的权限')],
  [10006, operator('only followers of this test account may open the page', '只有关注了这个测试号的人才能打开此页面')],
  [10007, operator('the page of the authorisation is refused: see what WeChat says', '授权页被拒绝：请看微信给出的原因')],
  [10008, operator('the page of the authorisation is refused: see what WeChat says', '授权页被拒绝：请看微信给出的原因')],
  [10009, operator('the page was opened too often; wait a while', '页面打开过于频繁，请稍等再试')],
  [10010, operator('the scope is missing', '缺少 scope')],
  [10011, operator('the redirect_uri is missing', '缺少 redirect_uri')],
  [10012, operator('the appid is missing', '缺少 appid')],
  [10013, operator('the state is missing', '缺少 state')],
  [10014, operator('the page of the authorisation is refused: see what WeChat says', '授权页被拒绝：请看微信给出的原因')],
  [10015, operator('the account has not authorised the platform, or not for this', '该账号没有授权给这个平台，或授权不含此项')],
  [10016, operator('an appid of an open-platform website cannot be used in WeChat', '开放平台网站应用的 AppID 不能在微信内使用')],
  [
    40001,
    renew(
      'the access token is no longer the latest: another program may be fetching tokens for this app',
      'access_token 已不是最新的：可能有其他程序也在为这个应用获取令牌',
    ),
  ],
  [
    40002,
    operator(
      'the grant type is not accepted: this account may lack the right to the API',
      '不支持的 grant_type：该账号可能没有这个接口的权限',
    ),
  ],
  [
    40003,
    caller('the openid is not known to this app, or its person does not follow it', 'openid 不属于这个应用，或此人没有关注'),
  ],
  [40007, caller('the media id is not known, or older than three days', 'media_id 不存在，或已超过三天')],
  [40008, caller('WeChat has no messages of this type', '微信没有这种消息类型')],
  [
    40013,
    operator(
      'the appid is not known to WeChat, is banned, or is not bound to this account: check it, its case included',
      '微信不认识这个 AppID，或它已被封禁，或没有绑定到该账号：请核对，注意大小写',
    ),
  ],
  [40014, renew('the access token is not valid', 'access_token 无效')],
  [40016, caller(...anotherMenu)],
  [40017, caller(...anotherMenu)],
  [40018, caller(...anotherMenu)],
  [40019, caller(...anotherMenu)],
  [40020, caller(...anotherMenu)],
  [40023, caller(...anotherMenu)],
  [40024, caller(...anotherMenu)],
  [40025, caller(...anotherMenu)],
  [40026, caller(...anotherMenu)],
  [40027, caller(...anotherMenu)],
  [
    40029,
    codeInvalid(
      `the code is unknown, expired, or of another app: ${beginAgain}`,
      'code 不存在、已过期，或属于另一个应用：请让用户重新登录',
    ),
  ],
  [40030, consent('the refresh token is not valid: the person must consent again', 'refresh_token 无效：此人需要重新授权')],
  [40031, caller('the list of openids is not accepted', 'openid 列表不合法')],
  [40032, caller('the list of openids is too long', 'openid 列表太长')],
  [
    40033,
    caller('WeChat does not take \\u escapes here: send the characters themselves', '微信这里不接受 \\u 转义：请直接发送字符'),
  ],
  [40035, caller('an argument has the wrong size', '参数长度不对')],
  [40036, caller('the template id has the wrong length', '模板 ID 的长度不对')],
  [
    40037,
    caller(
      "the template id is not one of this account's: list them by …/templates",
      '模板 ID 不属于该账号：可用 …/templates 列出',
    ),
  ],
  [40038, caller('WeChat does not take this body', '微信不接受这个请求体')],
  [40039, caller('the url is too long', 'url 太长')],
  [40052, caller('the action name is not known', 'action_name 不存在')],
  [40053, caller('the action info is not accepted', 'action_info 不合法')],
  [40066, caller('the page or the address is not accepted', '页面或地址不合法')],
  [40097, caller('an argument is not accepted', '参数不合法')],
  [
    40125,
    operator(
      'the secret is wrong: copy the current AppSecret of this app from the console of WeChat',
      'AppSecret 错误：请从微信后台复制这个应用当前的 AppSecret',
    ),
  ],
  [40129, caller('the scene has characters that WeChat does not take', '场景值（scene）含有微信不接受的字符')],
  [40159, caller('the path is empty or too long', 'path 为空或太长')],
  [40163, codeUsed(`the code was used before: ${beginAgain}`, 'code 已经用过：请让用户重新登录')],
  [40164, operator(...addToList)],
  [40165, caller('the page of the mini program does not exist in its released version', '小程序已发布的版本里没有这个页面')],
  [40169, caller('the scene is empty or longer than 32 characters', '场景值（scene）为空，或超过 32 个字符')],
  [40170, caller('too many arguments', '参数太多')],
  [40212, caller('the query is too long or not accepted', 'query 太长或不合法')],
  [40225, caller('the title of the page is not accepted', '页面标题不合法')],
  [40226, caller('WeChat blocks this person as high-risk: refuse the login', '微信判定此人为高风险用户：请拒绝这次登录')],
  ...[40230, 40231, 40232, 40233, 40234, 40235, 40236, 40237, 40238, 40239, 40240].map((number): [number, Errcode] => [
    number,
    operator(
      'the account demands signed calls, which the gateway does not make: switch the API signature off in the console of WeChat',
      '该账号要求接口签名，而网关不做签名：请在微信后台关闭 API 签名',
    ),
  ]),
  [40243, operator('the AppSecret is frozen: unfreeze it in the console of WeChat', 'AppSecret 已被冻结：请在微信后台解冻')],
  [40246, caller('the keywords of the template are not accepted', '模板关键词不合法')],
  [40247, caller('this account must take templates of its category', '该账号只能使用其类目下的模板')],
  [40249, caller('WeChat does not let this message advertise', '微信不允许这条消息带营销内容')],
  [41001, caller('the access token is missing', '缺少 access_token')],
  [41002, operator('the appid is missing', '缺少 appid')],
  [41003, caller('the refresh token is missing', '缺少 refresh_token')],
  [41004, operator('the secret is missing', '缺少 secret')],
  [41006, caller('the media id is missing', '缺少 media_id')],
  [41008, caller('the code is missing', '缺少 code')],
  [41009, caller('the openid is missing', '缺少 openid')],
  [41018, operator('the appid of the platform is missing', '缺少第三方平台的 appid')],
  [41021, operator('the token of the platform is missing', '缺少第三方平台的令牌')],
  [
    41030,
    caller(
      'the page is not in the released version, begins with a slash, or has a query',
      '页面不在已发布的版本里，或以斜杠开头，或带有参数',
    ),
  ],
  [42001, renew('the access token has expired', 'access_token 已过期')],
  [42002, consent('the refresh token has expired: the person must consent again', 'refresh_token 已过期：此人需要重新授权')],
  [42003, codeInvalid(`the code has expired: ${beginAgain}`, 'code 已过期：请让用户重新登录')],
  [42006, renew('the component access token has expired', 'component_access_token 已过期')],
  [42007, consent('the person changed their password: they must consent again', '此人修改了密码：需要重新授权')],
  [43001, caller('WeChat wants a GET here', '这里微信要求用 GET')],
  [43002, caller('WeChat wants a POST here', '这里微信要求用 POST')],
  [43003, operator('WeChat wants https', '微信要求使用 https')],
  [43004, caller('the person does not follow the account', '此人没有关注该账号')],
  [43005, caller('WeChat wants the two to be friends', '微信要求双方是好友')],
  [43007, operator('the account has not authorised the platform for this', '该账号没有把这项权限授权给平台')],
  [43019, caller('the person is on the blacklist of the account', '此人在该账号的黑名单里')],
  [
    43101,
    caller(
      'the person did not subscribe to this message, has used the consent up, or took it back: ask for it again',
      '此人没有订阅这条消息，或订阅次数已用完，或取消了订阅：请重新请求订阅',
    ),
  ],
  [
    43104,
    caller('the openid is not one of this app, or the account has no right to this', 'openid 不属于这个应用，或该账号没有此权限'),
  ],
  [
    43107,
    operator(
      'WeChat has taken the right to these messages from the account: see its notices',
      '微信收回了该账号发送这类消息的权限：请看账号收到的通知',
    ),
  ],
  [43108, later('messages to one person must go one after the other', '发给同一个人的消息要一条一条地发')],
  [
    43116,
    operator('WeChat has restricted this template: see the notices of the account', '微信限制了这个模板：请看账号收到的通知'),
  ],
  [44001, caller('the media is empty', '素材内容为空')],
  [44002, caller('the body is empty', '请求体为空')],
  [44003, caller('the news have no article', '图文消息里没有文章')],
  [44004, caller('the text is empty', '文本为空')],
  [44990, later("WeChat's limit per second is reached", '达到微信的每秒调用上限')],
  [44991, quotaOfMinute("WeChat's limit per minute is reached", '达到微信的每分钟调用上限')],
  [44993, quotaOfDay("WeChat's limit per day is reached", '达到微信的每日调用上限')],
  [45001, caller('the media is too large', '素材文件太大')],
  [45002, caller('the text is too long: 2,048 bytes are the most', '文本太长：最多 2,048 字节')],
  [45003, caller('the title is too long', '标题太长')],
  [45004, caller('the description is too long', '描述太长')],
  [45005, caller('the address is too long', '链接太长')],
  [45006, caller('the address of the picture is too long', '图片链接太长')],
  [45007, caller('the recording is too long', '语音太长')],
  [45008, caller('one article is the most', '最多一篇文章')],
  [
    45009,
    quotaOfDay(
      "the day's quota of this API is used up; it ends at midnight in China, or clear it by hand",
      '这个接口今天的调用次数已用完；北京时间零点恢复，也可以手动清零',
    ),
  ],
  [45011, quotaOfMinute("WeChat's limit per minute is reached; wait a minute", '达到微信的每分钟调用上限，请等一分钟')],
  [
    45015,
    caller(
      'the time to answer this person is over, or they left: it is 48 hours after a message of theirs, one minute after a tap on the menu, a follow or a scan. A template or subscribe message needs no such occasion',
      '回复此人的时限已过，或此人已取消关注：对方发消息后 48 小时内，或点击菜单、关注、扫码后一分钟内可以回复。模板消息和订阅消息不受此限',
    ),
  ],
  [
    45026,
    operator(
      'the account holds as many templates as it may: remove one in the console of WeChat',
      '该账号的模板数量已满：请在微信后台删除一个',
    ),
  ],
  [
    45029,
    operator(
      'a hundred thousand of these codes were made, which is all there are; use the unlimited kind',
      '这种二维码最多十万个，已经用完；请改用不限数量的那种',
    ),
  ],
  [45035, operator(...addToList)],
  [
    45047,
    caller(
      'all answers are used up until the person acts again: five to a message of theirs, three to a tap, a follow or a scan',
      '可回复的条数已用完，要等对方再次操作：对方每发一条消息可回复五条，每次点击菜单、关注或扫码可回复三条',
    ),
  ],
  [45056, caller('too many tags', '标签太多')],
  [45058, caller('this tag cannot be changed', '这个标签不能修改')],
  [45059, caller('the person has too many tags', '此人的标签太多')],
  [45065, caller('a message with this client_msg_id was sent before', '这个 client_msg_id 的消息之前已发送')],
  [45066, later('the same client_msg_id came again too fast; wait a minute', '同一个 client_msg_id 重复得太快，请等一分钟')],
  [45067, caller('the client_msg_id is too long', 'client_msg_id 太长')],
  [45072, caller('the command is not known', '不认识这个命令')],
  [
    45080,
    caller('typing is shown only within 30 seconds of a message of the person', '只有在对方发消息后 30 秒内才能显示“正在输入”'),
  ],
  [45081, caller('typing is shown already', '已经在显示“正在输入”')],
  [45157, caller('there is a tag of this name', '已有同名标签')],
  [45158, caller('the name of the tag is too long', '标签名太长')],
  [45159, caller('there is no such tag', '没有这个标签')],
  [45168, caller('the text holds a word that WeChat does not let through', '文本里有微信不允许的词')],
  [46003, caller('the account has no menu', '该账号没有菜单')],
  [46004, caller('there is no such person', '没有这个人')],
  [47001, caller('the data is not in the form WeChat wants', '数据格式不符合微信的要求')],
  [
    47002,
    caller(
      'the data is not in the form WeChat wants: send characters, not \\u escapes',
      '数据格式不符合微信的要求：请直接发送字符，不要用 \\u 转义',
    ),
  ],
  [
    47003,
    caller(
      'a value of the message breaks the rule of its type: the errmsg names it',
      '消息里有字段的值不符合其类型的规则：errmsg 里写明了是哪一个',
    ),
  ],
  [
    48001,
    operator(
      'the account has no right to this API: it may need verification, or another kind of account',
      '该账号没有这个接口的权限：可能需要认证，或需要换一种账号类型',
    ),
  ],
  [48002, caller('the person does not take messages of this account', '此人拒收该账号的消息')],
  [48003, operator('the account has not agreed to the rules of mass messages', '该账号还没有同意群发消息的规则')],
  [
    48004,
    operator(
      'the API is forbidden for this account: see its notices in the console of WeChat',
      '该账号被禁止使用这个接口：请看微信后台的通知',
    ),
  ],
  [48006, operator('quotas were cleared as often as may be this month', '本月清零次数已用完')],
  [48008, operator('the account has no right to messages of this type', '该账号没有发送这类消息的权限')],
  [49003, caller('the openid is not one of this app', 'openid 不属于这个应用')],
  [50001, caller('the person did not authorise this', '此人没有授权这一项')],
  [50002, operator('the account is limited', '该账号受到限制')],
  [50004, operator('the account may not use this interface', '该账号不能使用这个接口')],
  [50005, caller('the person does not follow the account', '此人没有关注该账号')],
  [50007, operator('the account is frozen', '该账号已被冻结')],
  [61000, operator('the component is of another kind', '第三方平台的类型不对')],
  [61001, operator('the component does not fit its appid', '第三方平台与其 AppID 不符')],
  [61003, operator('the account has not authorised this platform, or no longer does', '该账号没有授权给这个平台，或已取消授权')],
  [61004, operator("add the gateway's address to the allow-list of the platform", '请把网关的出口 IP 加入平台的白名单')],
  [
    61005,
    later("the platform's ticket has expired; WeChat sends one every ten minutes", '平台的 ticket 已过期；微信每十分钟推送一次'),
  ],
  [
    61006,
    later("the platform's ticket is not valid; WeChat sends one every ten minutes", '平台的 ticket 无效；微信每十分钟推送一次'),
  ],
  [
    61007,
    {
      action: 'permission',
      hint: {
        en: 'the account has not given the platform the permission that this API needs',
        zh: '该账号没有把这个接口需要的权限授权给平台',
      },
    },
  ],
  [61009, codeInvalid(`the authorisation code is not valid or was used: ${beginAgain}`, '授权码无效或已经用过：请重新授权')],
  [61010, codeInvalid(`the authorisation code has expired: ${beginAgain}`, '授权码已过期：请重新授权')],
  [61011, operator('the platform is not valid', '平台无效')],
  [61012, caller('there is no such option', '没有这个选项')],
  [61013, caller('the option has no such value', '这个选项没有这样的值')],
  [61014, operator('this API wants the token of the platform', '这个接口要用平台的令牌')],
  [61015, operator('this API wants the token of the account', '这个接口要用授权方账号的令牌')],
  [61016, operator('the category of the permission must be confirmed', '需要先确认该权限的类目')],
  [61017, operator('the category of the permission is not authorised', '该权限的类目没有授权')],
  [
    61023,
    consent(
      "the account's refresh token is not valid: it must authorise the platform again",
      '授权方的 refresh_token 无效：需要重新授权给平台',
    ),
  ],
  [61024, operator('this API wants the token of the platform', '这个接口要用平台的令牌')],
  [61028, operator('the platform may not do this for the account', '平台不能代该账号做这件事')],
  [61450, later('WeChat is busy; try again shortly', '微信系统繁忙，请稍后重试')],
  [70000, caller('WeChat withholds this to protect minors', '出于未成年人保护，微信不提供此内容')],
  [76001, caller('there is no such rid', '没有这个 rid')],
  [76002, caller('the rid is malformed', 'rid 的格式不对')],
  [76003, caller('the rid is not of this app', 'rid 不属于这个应用')],
  [76004, caller('the rid is older than seven days', 'rid 已超过七天')],
  [76021, caller('there is no such API', '没有这个接口')],
  [76022, caller('this API is not counted for this account', '该账号的这个接口不计次数')],
  [85079, operator('the mini program has no released version', '小程序还没有发布版本')],
  [
    85096,
    caller('scancode_time is a word of WeChat, and may not be in a path', 'scancode_time 是微信保留的参数，不能出现在路径里'),
  ],
  [85400, operator('all permanent links are used up', '永久链接已用完')],
  [85401, caller('a link lives between one minute and thirty days', '链接的有效期要在一分钟到三十天之间')],
  [85402, caller('env_version is release, trial or develop', 'env_version 只能是 release、trial 或 develop')],
  [85406, quotaOfDay('the links were opened as often as they may be today', '链接今天的打开次数已用完')],
  [85407, operator('the account has no right to links', '该账号没有生成链接的权限')],
  [85408, operator('WeChat has taken the right to links from the account', '微信收回了该账号生成链接的权限')],
  [86000, operator('only a third-party platform may call this', '只有第三方平台才能调用')],
  [87007, caller('the session has ended: let the mini program log in again', '会话已结束：请让小程序重新登录')],
  [
    87009,
    caller(
      'the session_key is no longer the one in force: let the mini program log in again',
      'session_key 已不是当前有效的：请让小程序重新登录',
    ),
  ],
  [87014, caller('the content is risky', '内容有风险')],
  [
    89501,
    operator(
      'WeChat asks the administrator to confirm this address: answer it, then try again',
      '微信正在等管理员确认这个 IP：请先确认，再重试',
    ),
  ],
  [
    89503,
    operator(
      'WeChat asks the administrator to confirm this call: answer it, then try again',
      '微信正在等管理员确认这次调用：请先确认，再重试',
    ),
  ],
  [
    89506,
    operator(
      'the administrator refused this address twice: WeChat blocks it for 24 hours',
      '管理员两次拒绝了这个 IP：微信会封禁它 24 小时',
    ),
  ],
  [
    89507,
    operator('the administrator refused this address: WeChat blocks it for an hour', '管理员拒绝了这个 IP：微信会封禁它一小时'),
  ],
  [200001, later('WeChat is busy; try again shortly', '微信系统繁忙，请稍后重试')],
  [200011, operator('the account may not use templates', '该账号不能使用模板')],
  [
    200012,
    operator(
      'the account holds as many templates as it may: remove one in the console of WeChat',
      '该账号的模板数量已满：请在微信后台删除一个',
    ),
  ],
  [200013, operator('this template cannot be used', '这个模板不能使用')],
  [200014, caller('there is no such template in the library', '模板库里没有这个模板')],
  [200020, caller('a keyword of the template is not known', '模板里没有这个关键词')],
  [200021, caller('the scene of the template is not accepted', '模板的场景说明不合法')],
  [200022, caller('the keywords of the template are not accepted', '模板关键词不合法')],
  [200100, operator('the platform is limited', '平台受到限制')],
]);

/** Calls that trade the secret itself, where 40001 says that the secret is wrong: renewing would never end. */
const onCredentialCall = new Map<number, Errcode>([
  [
    40001,
    operator(
      'the appid or the secret is wrong: copy the current AppSecret of this app from the console of WeChat',
      'AppID 或 AppSecret 错误：请从微信后台复制这个应用当前的 AppSecret',
    ),
  ],
  [40014, operator('WeChat does not accept the credentials of this app', '微信不接受这个应用的凭证')],
]);

const secretCodes = new Set([40001, 40013, 40125, 40243]);
const addressCodes = new Set([40164, 45035, 61004, 89501, 89506, 89507]);

/** What a refusal of the app itself is about: its secret (and appid), or the address that the call came from. */
export function subjectOf(errcode: number): 'secret' | 'address' | undefined {
  if (secretCodes.has(errcode)) return 'secret';
  return addressCodes.has(errcode) ? 'address' : undefined;
}

/** `own`: what the call says of it. An unknown code is the caller's until proven otherwise: never repeated, shown with all that WeChat said. */
export function meaningOf(
  errcode: number,
  { own, tradesSecret }: { own?: ReadonlyMap<number, Errcode>; tradesSecret: boolean },
): Errcode {
  return (
    own?.get(errcode) ??
    (tradesSecret ? onCredentialCall.get(errcode) : undefined) ??
    errcodeTable.get(errcode) ??
    caller(
      'WeChat refused with a code that is not in our table; its message tells more',
      '微信返回的错误码不在网关的表里；请看微信给出的说明',
    )
  );
}
