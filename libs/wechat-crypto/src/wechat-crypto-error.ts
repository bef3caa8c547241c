/** What was wrong with the bytes. For logs and tests: a stranger is told nothing more than that they were refused. */
export type CryptoFault = 'bad-key' | 'bad-base64' | 'bad-length' | 'bad-padding' | 'bad-receive-id' | 'bad-json';

/** The one thing this room throws, whatever bytes it is given. */
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
