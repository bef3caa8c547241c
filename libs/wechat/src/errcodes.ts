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
  readonly hint: string;
  /** Of a quota: when WeChat counts anew. */
  readonly counts?: 'by-day' | 'by-minute';
}

const renew = (hint: string): Errcode => ({ action: 'renew', hint });
const later = (hint: string): Errcode => ({ action: 'later', hint });
const quotaOfDay = (hint: string): Errcode => ({ action: 'quota', hint, counts: 'by-day' });
const quotaOfMinute = (hint: string): Errcode => ({ action: 'quota', hint, counts: 'by-minute' });
const caller = (hint: string): Errcode => ({ action: 'caller', hint });
const operator = (hint: string): Errcode => ({ action: 'operator', hint });
const consent = (hint: string): Errcode => ({ action: 'consent', hint });

const codeInvalid = (hint: string): Errcode => ({ action: 'code-invalid', hint });
const codeUsed = (hint: string): Errcode => ({ action: 'code-used', hint });

const beginAgain = 'let the person begin again';
const addToList = "add the gateway's address to the IP allow-list of this app in the console of WeChat";
const anotherMenu = 'the menu breaks a rule of WeChat: see the errmsg';

/** By number. `docs/errcodes.md` is made from it. */
export const errcodeTable: ReadonlyMap<number, Errcode> = new Map<number, Errcode>([
  [-1, later('WeChat is busy; try again shortly')],
  [10003, operator("the domain of the redirect_uri is not the one set in WeChat's console")],
  [10004, operator('the account is banned')],
  [10005, operator('the account has no right to this scope')],
  [10006, operator('only followers of this test account may open the page')],
  [10007, operator('the page of the authorisation is refused: see what WeChat says')],
  [10008, operator('the page of the authorisation is refused: see what WeChat says')],
  [10009, operator('the page was opened too often; wait a while')],
  [10010, operator('the scope is missing')],
  [10011, operator('the redirect_uri is missing')],
  [10012, operator('the appid is missing')],
  [10013, operator('the state is missing')],
  [10014, operator('the page of the authorisation is refused: see what WeChat says')],
  [10015, operator('the account has not authorised the platform, or not for this')],
  [10016, operator('an appid of an open-platform website cannot be used in WeChat')],
  [40001, renew('the access token is no longer the latest: another program may be fetching tokens for this app')],
  [40002, operator('the grant type is not accepted: this account may lack the right to the API')],
  [40003, caller('the openid is not known to this app, or its person does not follow it')],
  [40007, caller('the media id is not known, or older than three days')],
  [40008, caller('WeChat has no messages of this type')],
  [40013, operator('the appid is not known to WeChat, is banned, or is not bound to this account: check it, its case included')],
  [40014, renew('the access token is not valid')],
  [40016, caller(anotherMenu)],
  [40017, caller(anotherMenu)],
  [40018, caller(anotherMenu)],
  [40019, caller(anotherMenu)],
  [40020, caller(anotherMenu)],
  [40023, caller(anotherMenu)],
  [40024, caller(anotherMenu)],
  [40025, caller(anotherMenu)],
  [40026, caller(anotherMenu)],
  [40027, caller(anotherMenu)],
  [40029, codeInvalid(`the code is unknown, expired, or of another app: ${beginAgain}`)],
  [40030, consent('the refresh token is not valid: the person must consent again')],
  [40031, caller('the list of openids is not accepted')],
  [40032, caller('the list of openids is too long')],
  [40033, caller('WeChat does not take \\u escapes here: send the characters themselves')],
  [40035, caller('an argument has the wrong size')],
  [40036, caller('the template id has the wrong length')],
  [40037, caller("the template id is not one of this account's: list them by …/templates")],
  [40038, caller('WeChat does not take this body')],
  [40039, caller('the url is too long')],
  [40052, caller('the action name is not known')],
  [40053, caller('the action info is not accepted')],
  [40066, caller('the page or the address is not accepted')],
  [40097, caller('an argument is not accepted')],
  [40125, operator('the secret is wrong: copy the current AppSecret of this app from the console of WeChat')],
  [40129, caller('the scene has characters that WeChat does not take')],
  [40159, caller('the path is empty or too long')],
  [40163, codeUsed(`the code was used before: ${beginAgain}`)],
  [40164, operator(addToList)],
  [40165, caller('the page of the mini program does not exist in its released version')],
  [40169, caller('the scene is empty or longer than 32 characters')],
  [40170, caller('too many arguments')],
  [40212, caller('the query is too long or not accepted')],
  [40225, caller('the title of the page is not accepted')],
  [40226, caller('WeChat blocks this person as high-risk: refuse the login')],
  ...[40230, 40231, 40232, 40233, 40234, 40235, 40236, 40237, 40238, 40239, 40240].map((number): [number, Errcode] => [
    number,
    operator(
      'the account demands signed calls, which the gateway does not make: switch the API signature off in the console of WeChat',
    ),
  ]),
  [40243, operator('the AppSecret is frozen: unfreeze it in the console of WeChat')],
  [40246, caller('the keywords of the template are not accepted')],
  [40247, caller('this account must take templates of its category')],
  [40249, caller('WeChat does not let this message advertise')],
  [41001, caller('the access token is missing')],
  [41002, operator('the appid is missing')],
  [41003, caller('the refresh token is missing')],
  [41004, operator('the secret is missing')],
  [41006, caller('the media id is missing')],
  [41008, caller('the code is missing')],
  [41009, caller('the openid is missing')],
  [41018, operator('the appid of the platform is missing')],
  [41021, operator('the token of the platform is missing')],
  [41030, caller('the page is not in the released version, begins with a slash, or has a query')],
  [42001, renew('the access token has expired')],
  [42002, consent('the refresh token has expired: the person must consent again')],
  [42003, codeInvalid(`the code has expired: ${beginAgain}`)],
  [42006, renew('the component access token has expired')],
  [42007, consent('the person changed their password: they must consent again')],
  [43001, caller('WeChat wants a GET here')],
  [43002, caller('WeChat wants a POST here')],
  [43003, operator('WeChat wants https')],
  [43004, caller('the person does not follow the account')],
  [43005, caller('WeChat wants the two to be friends')],
  [43007, operator('the account has not authorised the platform for this')],
  [43019, caller('the person is on the blacklist of the account')],
  [43101, caller('the person did not subscribe to this message, has used the consent up, or took it back: ask for it again')],
  [43104, caller('the openid is not one of this app, or the account has no right to this')],
  [43107, operator('WeChat has taken the right to these messages from the account: see its notices')],
  [43108, later('messages to one person must go one after the other')],
  [43116, operator('WeChat has restricted this template: see the notices of the account')],
  [44001, caller('the media is empty')],
  [44002, caller('the body is empty')],
  [44003, caller('the news have no article')],
  [44004, caller('the text is empty')],
  [44990, later("WeChat's limit per second is reached")],
  [44991, quotaOfMinute("WeChat's limit per minute is reached")],
  [44993, quotaOfDay("WeChat's limit per day is reached")],
  [45001, caller('the media is too large')],
  [45002, caller('the text is too long: 2,048 bytes are the most')],
  [45003, caller('the title is too long')],
  [45004, caller('the description is too long')],
  [45005, caller('the address is too long')],
  [45006, caller('the address of the picture is too long')],
  [45007, caller('the recording is too long')],
  [45008, caller('one article is the most')],
  [45009, quotaOfDay("the day's quota of this API is used up; it ends at midnight in China, or clear it by hand")],
  [45011, quotaOfMinute("WeChat's limit per minute is reached; wait a minute")],
  [
    45015,
    caller(
      'the time to answer this person is over, or they left: it is 48 hours after a message of theirs, one minute after a tap on the menu, a follow or a scan. A template or subscribe message needs no such occasion',
    ),
  ],
  [45026, operator('the account holds as many templates as it may: remove one in the console of WeChat')],
  [45029, operator('a hundred thousand of these codes were made, which is all there are; use the unlimited kind')],
  [45035, operator(addToList)],
  [
    45047,
    caller(
      'all answers are used up until the person acts again: five to a message of theirs, three to a tap, a follow or a scan',
    ),
  ],
  [45056, caller('too many tags')],
  [45058, caller('this tag cannot be changed')],
  [45059, caller('the person has too many tags')],
  [45065, caller('a message with this client_msg_id was sent before')],
  [45066, later('the same client_msg_id came again too fast; wait a minute')],
  [45067, caller('the client_msg_id is too long')],
  [45072, caller('the command is not known')],
  [45080, caller('typing is shown only within 30 seconds of a message of the person')],
  [45081, caller('typing is shown already')],
  [45157, caller('there is a tag of this name')],
  [45158, caller('the name of the tag is too long')],
  [45159, caller('there is no such tag')],
  [45168, caller('the text holds a word that WeChat does not let through')],
  [46003, caller('the account has no menu')],
  [46004, caller('there is no such person')],
  [47001, caller('the data is not in the form WeChat wants')],
  [47002, caller('the data is not in the form WeChat wants: send characters, not \\u escapes')],
  [47003, caller('a value of the message breaks the rule of its type: the errmsg names it')],
  [48001, operator('the account has no right to this API: it may need verification, or another kind of account')],
  [48002, caller('the person does not take messages of this account')],
  [48003, operator('the account has not agreed to the rules of mass messages')],
  [48004, operator('the API is forbidden for this account: see its notices in the console of WeChat')],
  [48006, operator('quotas were cleared as often as may be this month')],
  [48008, operator('the account has no right to messages of this type')],
  [49003, caller('the openid is not one of this app')],
  [50001, caller('the person did not authorise this')],
  [50002, operator('the account is limited')],
  [50004, operator('the account may not use this interface')],
  [50005, caller('the person does not follow the account')],
  [50007, operator('the account is frozen')],
  [61000, operator('the component is of another kind')],
  [61001, operator('the component does not fit its appid')],
  [61003, operator('the account has not authorised this platform, or no longer does')],
  [61004, operator("add the gateway's address to the allow-list of the platform")],
  [61005, later("the platform's ticket has expired; WeChat sends one every ten minutes")],
  [61006, later("the platform's ticket is not valid; WeChat sends one every ten minutes")],
  [61007, { action: 'permission', hint: 'the account has not given the platform the permission that this API needs' }],
  [61009, codeInvalid(`the authorisation code is not valid or was used: ${beginAgain}`)],
  [61010, codeInvalid(`the authorisation code has expired: ${beginAgain}`)],
  [61011, operator('the platform is not valid')],
  [61012, caller('there is no such option')],
  [61013, caller('the option has no such value')],
  [61014, operator('this API wants the token of the platform')],
  [61015, operator('this API wants the token of the account')],
  [61016, operator('the category of the permission must be confirmed')],
  [61017, operator('the category of the permission is not authorised')],
  [61023, consent("the account's refresh token is not valid: it must authorise the platform again")],
  [61024, operator('this API wants the token of the platform')],
  [61028, operator('the platform may not do this for the account')],
  [61450, later('WeChat is busy; try again shortly')],
  [70000, caller('WeChat withholds this to protect minors')],
  [76001, caller('there is no such rid')],
  [76002, caller('the rid is malformed')],
  [76003, caller('the rid is not of this app')],
  [76004, caller('the rid is older than seven days')],
  [76021, caller('there is no such API')],
  [76022, caller('this API is not counted for this account')],
  [85079, operator('the mini program has no released version')],
  [85096, caller('scancode_time is a word of WeChat, and may not be in a path')],
  [85400, operator('all permanent links are used up')],
  [85401, caller('a link lives between one minute and thirty days')],
  [85402, caller('env_version is release, trial or develop')],
  [85406, quotaOfDay('the links were opened as often as they may be today')],
  [85407, operator('the account has no right to links')],
  [85408, operator('WeChat has taken the right to links from the account')],
  [86000, operator('only a third-party platform may call this')],
  [87007, caller('the session has ended: let the mini program log in again')],
  [87009, caller('the session_key is no longer the one in force: let the mini program log in again')],
  [87014, caller('the content is risky')],
  [89501, operator('WeChat asks the administrator to confirm this address: answer it, then try again')],
  [89503, operator('WeChat asks the administrator to confirm this call: answer it, then try again')],
  [89506, operator('the administrator refused this address twice: WeChat blocks it for 24 hours')],
  [89507, operator('the administrator refused this address: WeChat blocks it for an hour')],
  [200001, later('WeChat is busy; try again shortly')],
  [200011, operator('the account may not use templates')],
  [200012, operator('the account holds as many templates as it may: remove one in the console of WeChat')],
  [200013, operator('this template cannot be used')],
  [200014, caller('there is no such template in the library')],
  [200020, caller('a keyword of the template is not known')],
  [200021, caller('the scene of the template is not accepted')],
  [200022, caller('the keywords of the template are not accepted')],
  [200100, operator('the platform is limited')],
]);

/** Where a number means something else for one API alone. */
const onApi = new Map<string, ReadonlyMap<number, Errcode>>([
  [
    '/wxa/getwxacodeunlimit',
    new Map([[45009, quotaOfMinute('five thousand of these codes a minute are the most; wait a minute')]]),
  ],
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
export function meaningOf(errcode: number, { api, tradesSecret }: { api: string; tradesSecret: boolean }): Errcode {
  return (
    onApi.get(api)?.get(errcode) ??
    (tradesSecret ? onCredentialCall.get(errcode) : undefined) ??
    errcodeTable.get(errcode) ??
    caller('WeChat refused with a code that is not in our table; its message tells more')
  );
}
