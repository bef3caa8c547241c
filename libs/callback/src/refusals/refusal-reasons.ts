/** Why pushes are refused: part of the API. What it means, and what whoever owns the app is to do. */
export const refusalReasons = {
  wrong_signature: {
    means: 'their signature is wrong',
    hint: "the token in WeChat's console differs from ours: enter the same in both (callback.token)",
  },
  wrong_key: {
    means: 'they are sealed with another AES key, or for another app',
    hint: "the AES key in WeChat's console (EncodingAESKey) differs from ours: enter the same in both (callback.encoding_aes_key)",
  },
  not_encrypted: {
    means: 'plain pushes arrive and the mode is safe',
    hint: "choose the safe mode in WeChat's console, or set callback.mode to plain or compatible",
  },
  out_of_window: {
    means: 'they are rightly signed, but not of this time',
    hint: 'the clock of a gateway is wrong, and every event is lost: set it right and keep NTP running',
  },
  signature_reused: {
    means: 'their signatures came before with other messages',
    hint: "choose the safe mode in WeChat's console: a signature then covers what is said",
  },
  another_account: {
    means: 'they are for another authorizer of the platform',
    hint: "the address for messages in the platform's console must hold $APPID$",
  },
  callback_not_set: { means: 'the app has no callback here', hint: 'set callback.token, and callback.encoding_aes_key' },
  malformed: {
    means: 'they are signed, but cannot be read',
    hint: 'see what stands between WeChat and the gateway and changes bodies',
  },
} as const;

export type RefusalReason = keyof typeof refusalReasons;
