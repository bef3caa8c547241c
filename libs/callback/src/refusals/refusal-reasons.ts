/** Why pushes are refused, as the API shows it: what it means and what the app's owner should do. */
export const refusalReasons = {
  wrong_signature: {
    means: { en: 'their signature is wrong', zh: '签名错误' },
    hint: {
      en: "the token in WeChat's console differs from ours: enter the same in both (callback.token)",
      zh: '微信后台的 Token 与网关里的不一致：请两边填写相同的值（callback.token）',
    },
  },
  wrong_key: {
    means: { en: 'they are sealed with another AES key, or for another app', zh: '用另一个 AES 密钥加密，或属于另一个应用' },
    hint: {
      en: "the AES key in WeChat's console (EncodingAESKey) differs from ours: enter the same in both (callback.encoding_aes_key)",
      zh: '微信后台的 EncodingAESKey 与网关里的不一致：请两边填写相同的值（callback.encoding_aes_key）',
    },
  },
  not_encrypted: {
    means: { en: 'plain pushes arrive and the mode is safe', zh: '收到明文推送，而模式是安全模式' },
    hint: {
      en: "choose the safe mode in WeChat's console, or set callback.mode to plain or compatible",
      zh: '请在微信后台选择安全模式，或把 callback.mode 设为 plain 或 compatible',
    },
  },
  out_of_window: {
    means: { en: 'they are rightly signed, but not of this time', zh: '签名正确，但时间不对' },
    hint: {
      en: 'the clock of a gateway is wrong, and every event is lost: set it right and keep NTP running',
      zh: '网关的时钟不准，所有事件都会丢失：请校准时钟并保持 NTP 运行',
    },
  },
  signature_reused: {
    means: { en: 'their signatures came before with other messages', zh: '签名之前用于其他消息' },
    hint: {
      en: "choose the safe mode in WeChat's console: a signature then covers what is said",
      zh: '请在微信后台选择安全模式：签名才会覆盖消息内容',
    },
  },
  another_account: {
    means: { en: 'they are for another authorizer of the platform', zh: '属于该平台的另一个授权方' },
    hint: {
      en: "the address for messages in the platform's console must hold $APPID$",
      zh: '平台后台的消息接收地址必须包含 $APPID$',
    },
  },
  callback_not_set: {
    means: { en: 'the app has no callback here', zh: '这个应用在网关里没有设置回调' },
    hint: { en: 'set callback.token, and callback.encoding_aes_key', zh: '请设置 callback.token 和 callback.encoding_aes_key' },
  },
  malformed: {
    means: { en: 'they are signed, but cannot be read', zh: '已签名，但无法解析' },
    hint: {
      en: 'see what stands between WeChat and the gateway and changes bodies',
      zh: '请检查微信与网关之间是否有中间环节改动了请求体',
    },
  },
} as const;

export type RefusalReason = keyof typeof refusalReasons;
