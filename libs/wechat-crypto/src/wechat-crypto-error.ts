/** What was wrong with the bytes, for logs and tests. A stranger learns only that they were refused. */
export type CryptoFault = 'bad-key' | 'bad-base64' | 'bad-length' | 'bad-padding' | 'bad-receive-id' | 'bad-json';

/** The only error of this room, whatever bytes it gets. */
export class WechatCryptoError extends Error {
  constructor(
    readonly fault: CryptoFault,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'WechatCryptoError';
  }
}
