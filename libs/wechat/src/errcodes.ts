/**
 * What an errcode asks of whom, after the tables of WeChat's return codes
 * (https://developers.weixin.qq.com/doc/offiaccount/Getting_Started/Global_Return_Code.html):
 * `renew` the credential and repeat once; it passes `later`; a `quota` is used up; the `caller` sent something wrong, or
 * the person's state forbids it; the `operator` must change something; a one-time `code` is used up or not valid; the
 * person must `consent` again.
 */
export type Action = 'renew' | 'later' | 'quota' | 'caller' | 'operator' | 'code-used' | 'code-invalid' | 'consent';

export interface Errcode {
  readonly action: Action;
  /** What to do, in plain words. */
  readonly hint: string;
}

const renew = (hint: string): Errcode => ({ action: 'renew', hint });
const later = (hint: string): Errcode => ({ action: 'later', hint });
const quota = (hint: string): Errcode => ({ action: 'quota', hint });
const caller = (hint: string): Errcode => ({ action: 'caller', hint });
const operator = (hint: string): Errcode => ({ action: 'operator', hint });
const consent = (hint: string): Errcode => ({ action: 'consent', hint });

const table = new Map<number, Errcode>([
  [-1, later('WeChat is busy; try again shortly')],
  [40001, renew('the access token is no longer the latest: another program may be fetching tokens for this app')],
  [40014, renew('the access token is not valid')],
  [42001, renew('the access token has expired')],
  [42006, renew('the component access token has expired')],
  [40002, operator('the grant type is not accepted: this account may lack the right to the API')],
  [40003, caller('the openid is not known to this app, or its person does not follow it')],
  [40007, caller('the media id is not known, or older than three days')],
  [40013, operator('the appid is not known to WeChat: check it, its case included')],
  [40029, { action: 'code-invalid', hint: 'the code is unknown, expired, or of another app: let the person begin again' }],
  [40030, consent('the refresh token is not valid: the person must consent again')],
  [40052, caller('the action name is not known')],
  [40053, caller('the action info is not accepted')],
  [40125, operator('the secret is wrong: copy the current AppSecret of this app from the console of WeChat')],
  [40163, { action: 'code-used', hint: 'the code was used before: let the person begin again' }],
  [40164, operator("add the gateway's address to the IP allow-list of this app in the console of WeChat")],
  [40226, caller('WeChat blocks this person as high-risk: refuse the login')],
  [40243, operator('the AppSecret is frozen: unfreeze it in the console of WeChat')],
  [41001, caller('the access token is missing')],
  [41002, operator('the appid is missing')],
  [41004, operator('the secret is missing')],
  [41018, operator('the appid of the platform is missing')],
  [41021, caller('the component access token is missing')],
  [41008, caller('the code is missing')],
  [42002, consent('the refresh token has expired: the person must consent again')],
  [42003, { action: 'code-invalid', hint: 'the code has expired: let the person begin again' }],
  [42007, consent('the person changed their password: they must consent again')],
  [43007, operator('the account has not authorised the platform')],
  [43004, caller('the person does not follow the account')],
  [43101, caller('the person refused the message, or did not subscribe to it')],
  [43108, later('messages to one person must go one after the other')],
  [44990, later("WeChat's limit per second is reached")],
  [44991, quota("WeChat's limit per minute is reached")],
  [44993, quota("WeChat's limit per day is reached")],
  [45009, quota("the day's quota of this API is used up; it ends at midnight in China, or clear it by hand")],
  [45011, quota("WeChat's limit per minute is reached; wait a minute")],
  [45015, caller('the person did not write or act recently enough for this message')],
  [45035, operator("add the gateway's address to the IP allow-list of this app in the console of WeChat")],
  [45047, caller('too many messages since the person last acted')],
  [47001, caller('the data is not in the form WeChat wants')],
  [47003, caller('a value of the message breaks the rule of its type')],
  [48001, operator('the account has no right to this API: it may need verification, or another kind of account')],
  [48004, operator('the API is forbidden for this account: see its notices in the console of WeChat')],
  [50001, caller('the person did not authorise this')],
  [50002, operator('the account is limited')],
  [50004, operator('the account may not use this interface')],
  [50005, caller('the person does not follow the account')],
  [50007, operator('the account is frozen')],
  [61000, operator('the platform is not one of the kind this call wants')],
  [61001, operator('the platform and its appid do not belong together')],
  [61003, operator('the account has not authorised the platform, or took that back: it must authorise the platform again')],
  [61004, operator("add the gateway's address to the allow-list of the platform")],
  [61005, later('the ticket of the platform has expired: the next one is awaited')],
  [61006, later('the ticket of the platform is not valid: the next one is awaited')],
  [61007, operator('the account has not granted this API to the platform')],
  [61009, { action: 'code-invalid', hint: 'the authorization code is not valid, or was used: let the account authorise again' }],
  [61010, { action: 'code-invalid', hint: 'the authorization code has expired: let the account authorise again' }],
  [61011, operator('the platform is not known to WeChat, or not in order: see its notices in the console of the open platform')],
  [61012, caller('the name of the option is not known')],
  [61013, caller('the value of the option is not accepted')],
  [61014, operator('this call wants the token of the platform itself')],
  [61015, operator('this call wants the token of an account')],
  [61016, operator('the permission set must be confirmed: see the platform in the console of the open platform')],
  [61017, operator('the permission set is not granted to the platform')],
  [61023, operator('the refresh token of the account is not valid any more: the account must authorise the platform again')],
  [61024, operator('the token of this account must come from its platform')],
  [61450, later('WeChat is busy; try again shortly')],
  [85079, operator('the mini program has no released version')],
  [89501, operator('WeChat asks the administrator to confirm this address: answer it, then try again')],
  [89503, operator('WeChat asks the administrator to confirm this call: answer it, then try again')],
  [89506, operator('the administrator refused this address twice: WeChat blocks it for 24 hours')],
  [89507, operator('the administrator refused this address: WeChat blocks it for an hour')],
  [200001, later('WeChat is busy; try again shortly')],
]);

/** Calls that trade the secret itself, where 40001 says that the secret is wrong: renewing would never end. */
const onCredentialCall = new Map<number, Errcode>([
  [40001, operator('the appid or the secret is wrong: copy the current AppSecret of this app from the console of WeChat')],
  [40014, operator('WeChat does not accept the credentials of this app')],
]);

const secretCodes = new Set([40001, 40013, 40125, 40243]);
const addressCodes = new Set([40164, 45035, 61004, 89501, 89506, 89507]);

/** What a refusal of the app itself is about: its secret (and appid), or the address that the call came from. */
export function subjectOf(errcode: number): 'secret' | 'address' | undefined {
  if (secretCodes.has(errcode)) return 'secret';
  return addressCodes.has(errcode) ? 'address' : undefined;
}

/** An unknown code is the caller's until proven otherwise: never repeated, shown with all that WeChat said. */
export function meaningOf(errcode: number, { tradesSecret }: { tradesSecret: boolean }): Errcode {
  return (
    (tradesSecret ? onCredentialCall.get(errcode) : undefined) ??
    table.get(errcode) ??
    caller('WeChat refused with a code that is not in our table; its message tells more')
  );
}
