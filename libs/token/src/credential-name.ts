import type { Place } from '#vault';

/** The name of a credential: an app has at most one of each kind. */
export interface CredentialName {
  readonly appid: string;
  readonly kind: string;
}

export const textOf = ({ appid, kind }: CredentialName): string => `${appid} ${kind}`;

export function nameOf(text: string): CredentialName {
  const [appid = '', kind = ''] = text.split(' ');
  return { appid, kind };
}

/** The place that its value is sealed for. */
export const placeOf = ({ appid, kind }: CredentialName): Place => ({
  table: 'credential',
  column: 'sealed_value',
  row: kind,
  owner: appid,
});
