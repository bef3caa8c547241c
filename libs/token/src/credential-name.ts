/** Which credential: an app has at most one of each kind. */
export interface CredentialName {
  readonly appid: string;
  readonly kind: string;
}

export const textOf = ({ appid, kind }: CredentialName): string => `${appid} ${kind}`;
