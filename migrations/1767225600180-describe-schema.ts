import type { MigrationInterface, QueryRunner } from 'typeorm';
import { type Meanings, forgetMeanings, keepMeanings } from './meanings.js';

export class DescribeSchema1767225600180 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await keepMeanings(db, meanings);
  }

  async down(db: QueryRunner): Promise<void> {
    await forgetMeanings(db, meanings);
  }
}

const meanings: Meanings = {
  // access
  'TABLE api_key': [
    'A key with which a service calls the gateway. Every replica holds all of these rows in memory.',
    {
      id: 'Part of the key (`wxg_<id>_…`). It also stands in the audit log.',
      name: 'What the operator calls it.',
      secret_hash: 'A hash that is keyed by the vault, so that a copy of the database alone does not help to guess keys.',
      former_secret_hash: 'The secret before the last rotation. Null: never rotated, or rotated without an overlap.',
      former_secret_until: 'The former secret is accepted until then.',
      appids: 'The apps that it may act for. `{*}`: every app.',
      scopes: 'What it may do.',
      origins: 'Origins of the web pages that may talk to a login of this key, and put it into a frame.',
      allowed_addresses: 'Addresses and ranges (CIDR) from which it works. Empty: from everywhere.',
      rate_limit: 'Requests per minute at each replica. Null: no limit.',
      expires_at: 'It is refused from then on. Null: it has no end.',
      created_at: 'For the list of keys.',
    },
  ],
  'TABLE api_key_use': [
    'When each key was last used. It is not a column of `api_key`, because a change there makes every replica read the key again.',
    { id: 'The key.', last_used_at: 'Written some seconds late, by whichever replica saw the key last.' },
  ],
  'TABLE audit_entry': [
    'What was asked for by operators and keys, and what the gateway switched off by itself. The log only grows.',
    {
      id: 'In the order of commits, so that a reader who goes on from one number has missed nothing.',
      at: 'When the transaction began.',
      actor: '`admin`, `key:<id>`, or `gateway` for what it does by itself.',
      action: 'The thing and the deed: `app.change`, `webhook.disable`.',
      appid: 'The app that it concerns. Null: it concerns none.',
      subject: 'What was changed: an appid, the id of a key or a webhook.',
      details: 'Names and values that changed. Of secrets only fingerprints.',
      address: 'Where the request came from. `-`: the gateway itself.',
      request_id: 'The same as in the log lines of the request.',
    },
  ],
  'TABLE idempotent_request': [
    'A request with an Idempotency-Key, with its answer for a repeat. Kept for a day.',
    {
      caller: '`admin` or `key:<id>`: the keys of two callers never meet.',
      route: 'Method and path.',
      key: 'What the caller sent as Idempotency-Key.',
      body_hash: 'Another body under the same key is refused.',
      attempt: 'Which request holds the row. It alone may write the answer.',
      held_until: 'A request without an answer is thought dead after this, and a repeat runs anew.',
      sealed_answer: 'Sealed, because answers hold secrets. Null: no answer yet.',
      created_at: 'Rows older than a day count as absent, and are deleted.',
    },
  ],

  // app
  'TABLE app': [
    'An app at WeChat that the gateway speaks for. Secrets are JSON `{sealed, fingerprint, changed_at}`.',
    {
      appid: "WeChat's id of the app.",
      kind: '`authorizer`: it is here because it authorised a platform. The others are registered by an operator.',
      name: 'What the operator calls it.',
      original_id: '`gh_…`: how pushes name the app. Null: not told.',
      token_mode: 'How access tokens are fetched. A `classic` fetch ends the former token at WeChat, a `stable` one does not.',
      enabled: 'False: no calls for it, but its data stays and its pushes are still kept.',
      secret: 'The AppSecret. Null only for an authorizer, which speaks through its platform.',
      callback_mode: 'The least that a push must be: `safe` takes only encrypted ones. Null: the app has no callback.',
      callback_token: 'With it WeChat signs pushes. Null: the app has no callback.',
      callback_encoding_aes_key: 'With it WeChat encrypts pushes. Null: only plain ones can be read.',
      callback_former:
        'Token and AES key before the last change, sealed, with the time until which they are accepted. Null: never changed.',
      forward_proxy: "The app's own proxy to WeChat, sealed since its address may hold a password. Null: none.",
      jsapi_url_prefixes: 'Pages whose addresses begin with one of these may get a signature for the JS-SDK.',
      platform: 'The platform through which an authorizer speaks. Null: an app of our own, or no authorisation stands.',
      account_kind: 'What sort of app an authorizer is. Null: WeChat has not said so yet, or an app of our own.',
      granted: "What an authorizer allows that platform: WeChat's numbers of permission sets. Null: an app of our own.",
      revision:
        'Counts changes, so that a verdict of WeChat about a former state is not taken for one about this state. ' +
        'A number, because times are rounded when they are read.',
      created_at: 'For the list of apps.',
      updated_at: 'Refused pushes from before the last change do not count against the app.',
    },
  ],

  // callback
  'TABLE app_voice': [
    'What an app answers by itself. The code calls it reply rules and texts. Without a row: no rules, the texts of the gateway.',
    {
      appid: 'The app.',
      rules: 'The reply rules, in order: the first that fits answers.',
      texts: "The gateway's own texts in the operator's words, by name. The gateway's words stand for a name that is missing.",
    },
  ],
  'TABLE callback_record': [
    'What came last to the callback of an app. It tells whether refused pushes are a fault of the app.',
    {
      appid: 'The app.',
      accepted_at: 'The last push that was accepted. Null: none yet.',
      refused: 'Pushes of unknown origin that were refused since a push was accepted.',
      refused_first: 'The first of them. Null: none.',
      refused_last: 'The last of them. Null: none.',
    },
  ],
  'TABLE event': [
    'A push, as it is kept. Committed before WeChat is answered, deleted after EVENTS_KEPT_DAYS.',
    {
      appid: 'The app.',
      seq: 'In the order of commits over all apps: who has seen one number has seen all before it. Cursors are made of it.',
      id: '`evt_…`: its name in the API and for receivers.',
      type: '`message.<type>` or `event.<type>`. `event.unknown`: signed, but not understood.',
      openid: 'Who sent it. Null: nobody.',
      occurred_at: "By WeChat's clock. Null: WeChat did not say.",
      received_at: "By the database's clock. Decides how long the event is kept.",
      dedupe_key: 'The same for every repeat of one push, so that it is kept once.',
      data: "WeChat's fields by WeChat's names, without secrets. Null: it could not be read.",
      raw: 'The decrypted bytes as they came. Null: they hold a secret.',
      reply: 'What WeChat was answered, and what a repeat is answered. Null: nothing to say.',
      is_decided: 'The reply stands. False: somebody may still answer.',
    },
  ],
  'TABLE event_task': [
    'What a handler of a room has yet to do about an event. The transaction that does it deletes the row.',
    {
      appid: 'The app.',
      seq: 'The event.',
      handler: 'The name of the handler.',
      person: 'The openid, or empty. Tasks of one person and handler are done one after the other.',
      due_at: 'Not before. Until then a task that may answer the push belongs to the replica that received it.',
      attempts: 'Failed ones. The pause grows with them.',
      last_error: 'Why it failed last, for people who look here. Null: it never failed.',
      given_up: 'It failed too often and is not tried again. Later tasks no longer wait for it.',
    },
  ],
  'TABLE late_reply': [
    'A reply that came too late for the answer to its push. It goes out once, as a customer-service message.',
    {
      appid: 'The app.',
      seq: 'The event.',
      handler: 'Who said it.',
      openid: 'To whom.',
      reply: 'What to send. Null: nothing more is to be done.',
      status: '`unknown`: WeChat did not say whether it was sent, and is not asked again. `lost`: not sent.',
      reason: 'Why it is lost, or not known to be sent. Null: neither.',
      due_at: 'The next attempt. A claim puts it off: when its replica dies, the row is free again at this time.',
      attempts: 'Claims. Also the fence: the result of an older claim is not kept.',
    },
  ],
  'TABLE refused_push': [
    'Pushes that were refused, in sums, never their bytes. So a flood makes few rows. Kept for three days.',
    {
      appid: 'The app.',
      hour: 'The hour begins then.',
      reason: 'A reason of the API: `wrong_signature`, `out_of_window` and so on.',
      origin: "By the sender's address: `wechat` is in WeChat's list, `stranger` is not, `unknown`: it may be either.",
      count: 'How many pushes.',
      first_at: 'The first of them.',
      last_at: 'The last of them.',
    },
  ],
  'TABLE seen_signature': [
    'Signatures of pushes. A signature does not cover what a plain push says, so it is good only for the message it came with first.',
    {
      appid: 'The app.',
      signature: 'Signature, timestamp and nonce.',
      body_hash: 'Of the clear message. Another message with the same signature is refused, unless something else proves it.',
      seen_at: 'Deleted when twice CALLBACK_WINDOW_SECONDS have passed: the timestamp alone is refused then.',
    },
  ],
  'TABLE wechat_address_list': [
    'Where WeChat pushes from, as WeChat told each app. It tells pushes of strangers from those of WeChat.',
    {
      appid: 'The app.',
      addresses: 'Addresses and ranges (CIDR). Null: WeChat has not told yet.',
      known_at: 'When WeChat told. Null: it has not.',
      due_at: 'WeChat is asked again after this. Who asks puts it off first, so that one replica asks.',
    },
  ],

  // changes
  'TABLE change': [
    'Rows that changed lately. Triggers write it and replicas read it twice a second, to drop what they hold in memory.',
    {
      id: 'Tells changes apart. It is no cursor: transactions commit in another order than they begin.',
      topic: 'The table.',
      key: 'The value of the column that the trigger names.',
      at: 'Rows older than ten minutes are deleted.',
      transaction: 'The cursor: a replica reads again from the oldest transaction that was still running.',
    },
  ],
  'TABLE epoch': [
    'One row. Tells every replica whether the database went back in time (failover, restore, copy).',
    {
      single: 'Allows one row only.',
      value: 'A new one in each epoch, random but for the first. Cursors and credentials carry it.',
      number: 'Raised with each epoch. The fences of an epoch begin above those of the one before.',
      made_under: 'What `database_identity()` was when the epoch began. Null: nobody has served the database yet.',
      since: 'When the epoch began.',
      pulse: 'Raised each second. A replica that reads a lower one than before knows that commits were lost.',
      pulsed_at: 'When the pulse was raised last. One replica raises it, the others see that it is fresh.',
    },
  ],

  // message
  'TABLE message_fate': [
    'What WeChat reported of a message. A table of its own, because the report may come before WeChat answered the sending.',
    {
      appid: 'The app.',
      msgid: "WeChat's id of the message.",
      fate: '`blocked`: the person refuses messages. `failed`: WeChat could not deliver it.',
      detail: "In WeChat's words.",
      reported_at: 'Deleted when MESSAGES_KEPT_DAYS have passed.',
    },
  ],
  'TABLE sent_message': [
    'A message to a person, sent once. What it said is not kept. Deleted after MESSAGES_KEPT_DAYS.',
    {
      appid: 'The app.',
      id: '`msg_…`: its name in the API.',
      kind: 'Only `template` may be repeated at WeChat, which knows a repeat for ten minutes.',
      openid: 'To whom.',
      template_id: 'Null: a customer-service message.',
      name: 'By what a repeat of the request is known: client_msg_id or Idempotency-Key. Null: by nothing, or a day has passed.',
      body_hash: 'Another message under the same name is refused.',
      client_msg_id: 'By what WeChat knows a repeat. Null: not a template message.',
      status: '`unknown`: WeChat did not answer, so it may have been sent.',
      msgid: "WeChat's id. Null: not sent yet, or WeChat gives none for this kind.",
      attempt: 'Which request is sending it. It alone may write the result.',
      held_until: 'A request that has not finished by then is thought dead.',
      created_at: 'Decides how long the row and the name are kept.',
      sent_at: 'When WeChat took it. Null: not known to be sent.',
    },
  ],

  // mini-program
  'TABLE mini_session': [
    'A login of a person to a mini program. Its session_key never leaves the gateway. Kept for MINI_SESSIONS_KEPT_DAYS.',
    {
      appid: 'The mini program.',
      id: 'The `session_id` that the service got in place of the session_key.',
      openid: 'Who logged in.',
      sealed_session_key: 'Opens what WeChat encrypted for this person.',
      created_at: 'Where the key of a session no longer opens anything, the newest session of the person is tried.',
    },
  ],

  // one-time-code
  'TABLE used_code': [
    "Codes of WeChat's that were exchanged, for ten minutes. WeChat forgets sooner, and then calls a used code invalid.",
    {
      appid: 'The app.',
      code_hash: 'The code itself is not kept.',
      claim: 'Which request may exchange it. A second one with the same code never learns who the person is.',
      held_until: 'A request that died holds the code no longer than this. Null: WeChat has taken the code.',
      claimed_at: 'Rows older than ten minutes are deleted.',
    },
  ],

  // platform
  'TABLE authorization_link': [
    'A link by which an app authorises a platform. Deleted a day after its end.',
    {
      appid: 'The platform.',
      id: 'In the address of the page. The row of its browser in `browser_attempt` has the same id.',
      sealed_pre_auth_code: "WeChat's code, with which the person is sent to WeChat's page.",
      expires_at: 'The page opens until then. People may come back for an hour longer.',
      auth_type: "WeChat's number of the sort of app that may be chosen.",
      biz_appid: 'The only app that may authorise. Null: the person chooses.',
      category_ids: "WeChat's numbers of the permission sets that are asked for. Empty: all.",
      codes: 'Codes that its owner came back with. Five at most, since each makes the gateway ask WeChat.',
      strangers_codes: 'Codes that other browsers came back with. They have five of their own.',
    },
  ],
  'TABLE platform': [
    'What is kept for a third-party platform beside its row in `app`.',
    {
      appid: 'The platform.',
      sealed_ticket: 'The newest component_verify_ticket. Null: none has come.',
      ticket_at: "When WeChat made it, by WeChat's clock: an older one does not overwrite it.",
      kept_at: 'When it arrived here. Its age is counted from then: after twelve hours WeChat no longer takes it.',
      ticket_refused: 'WeChat no longer takes it. The next one is awaited.',
      watched_since: 'The age is counted from here while no ticket has come.',
      alarm: 'What was last told in the log, so that one replica tells each step once: 30 minutes, 2 and 12 hours.',
      push_asked_at: 'WeChat was last asked to push a ticket. Null: never.',
      push_answer: '`ok`, or why WeChat refused. Null: never asked.',
      compare_at: "When WeChat's list of authorizers is compared next: each night, in China.",
      compared_at: 'The last comparison. Null: none.',
      listed: 'How many authorizers WeChat listed then. Null: no comparison.',
      differences: "Where WeChat's list and ours differed then, and what was put right.",
    },
  ],
  'TABLE platform_authorization': [
    'What an authorizer allowed a platform, with the refresh token for it. It stays when the authorizer takes it back.',
    {
      appid: 'The authorizer.',
      platform: 'The platform.',
      stands: 'False: the authorizer took it back.',
      as_of: 'When WeChat said so. Older news changes nothing.',
      sealed_refresh_token: 'Losing it may cost a new consent. Null: WeChat gave none, or the authorisation was taken back.',
      refresh_kept_at: 'When it was last replaced, for people who look here.',
      lost_at: 'Since then WeChat refuses the refresh token and names no other. Null: it works.',
      granted: "WeChat's numbers of the permission sets.",
      user_name: 'The original id (`gh_…`). Null: not told yet.',
      details: 'What WeChat says of the authorizer: nickname, pictures, verification. Null: not told yet.',
      details_due_at: 'WeChat is asked for the details after this. Null: not again.',
    },
  ],
  'TABLE platform_code': [
    'A code by which an app authorises a platform. Committed before anybody is answered, exchanged once, kept for seven days.',
    {
      appid: 'The platform.',
      id: 'A keyed hash of the code: the same whether it comes with a push or with a browser.',
      sealed_code: 'Null: used up, or WeChat told of an authorisation without a code.',
      authorizer: 'Null: not known before the exchange.',
      as_of: "WeChat's time of it. Null: a browser brought it.",
      arrived_at: 'After a day without a result it has failed.',
      state: '`waiting`: to be exchanged. `kept`: exchanged, but the person of a release test still waits for an answer.',
      asked_at: 'Nothing reads it. It goes in a later release.',
      attempts: 'Claims so far.',
      due_at: 'The next attempt.',
      leased_until: 'A replica is exchanging it until then. Null: nobody is.',
      fence: 'Counts claims. The result of an older claim is not kept.',
      failure: 'Why it waits, or failed. Null: neither.',
      answer_to: "The openid that waits for an answer in WeChat's release test. Null: no release test.",
    },
  ],

  // qr-code
  'TABLE qr_code': [
    'What a ticket of WeChat leads to, so that the gateway can draw the code. Codes of logins are not here, since theirs are secret.',
    {
      appid: 'The app.',
      ticket: "WeChat's ticket.",
      url: 'What the code says.',
      expires_at: 'Deleted a day later. Null: the code has no end.',
    },
  ],

  // qr-login
  'TABLE login_rate': [
    'How many logins were begun within a minute. Counted here, because a count of rows in `qr_login` lets in all that begin at once.',
    {
      subject:
        'Whose budget it is: that of a key, of strangers at a key, the share of one address, or of something else that asks WeChat.',
      until: 'The minute ends then. It began with the first login.',
      begun: 'How many.',
    },
  ],
  'TABLE qr_login': [
    'One attempt of one browser to be logged in by a code. Its tokens are made from the id, none is stored. Kept for seven days.',
    {
      appid: 'The official account whose code is scanned.',
      id: '`qrl_…`',
      key_id: 'The key that began it. Only this key may redeem it.',
      binding_hash: "Of the browser's session at the service. Whoever redeems must know the session.",
      scene: 'What the code says to WeChat. Never shown to a browser.',
      qr_content: 'The address inside the code.',
      confirm: '`page`: the person confirms on the phone. `none`: the scan is enough.',
      context: 'What the person is shown before they agree: application, address, browser, two digits.',
      status: 'Goes one way. `expired` is not stored, it follows from the times.',
      openid: 'Who scanned. Null: nobody yet.',
      refusals: 'Attempts of others to redeem it. The fifth ends it.',
      created_at: 'Rows older than seven days are deleted.',
      expires_at: 'To be scanned and confirmed by then.',
      scanned_at: 'Null: not scanned.',
      code_until: 'The login code is good until then. Null: not confirmed.',
      attempt_id: 'The login page that shows it, in `browser_attempt`. Null: not of a login page.',
      round: 'Which code of that page it is, from 1. Null: not of a login page.',
    },
  ],

  // quota
  'TABLE call_use': [
    'Calls to WeChat in sums, kept for 90 days.',
    {
      appid: 'The app.',
      day: "Of China, as WeChat's quotas are.",
      api: "WeChat's path.",
      caller: '`admin` or `key:<id>`. `gateway`: nobody with a key asked for it.',
      calls: 'All of them.',
      failures: 'Those that did not succeed.',
    },
  ],
  'TABLE quota_clearing': [
    'When the quotas of an app were cleared through the gateway. WeChat allows it ten times a month.',
    { appid: 'The app.', cleared_at: 'After WeChat did it.', cleared_by: 'The actor, as in the audit log.' },
  ],

  // token
  'TABLE credential': [
    'What WeChat issued to an app and what expires. One replica renews it, all of them hand it out.',
    {
      appid: 'The app.',
      kind: '`access_token`, `jsapi_ticket`, `component_access_token` or `authorizer_access_token`.',
      sealed_value: 'Null: none yet, or the last one is known to be dead.',
      obtained_at: 'Null: none yet.',
      expires_at: 'It is not handed out after this. Null: none yet.',
      renew_at:
        'The next attempt: before its end, or after a failure. A hundred years ahead: retired, since nobody authorises it.',
      leased_until: 'A replica is asking WeChat until then. Null: nobody is.',
      fence: 'Counts claims. A replica with a lower number was overtaken and may not save.',
      epoch: 'The epoch in which it was fetched or confirmed. In another one it is not handed out.',
      confirmed_fence:
        'Its fence before the epoch began, where the memory of a replica confirmed it. Null: fetched in this epoch.',
      failures: 'Since the last success. The pause grows with them.',
      last_failure: 'Why the last attempt failed, so that every replica tells callers the same. Null: it succeeded.',
      failed_at: 'When it failed. Null: it succeeded.',
      attention_at: 'Since then it waits for a person, who must change something. Null: it does not.',
      proven_at: 'Somebody reported it dead, and WeChat still took it. Null: nobody did.',
      forced_at: 'When WeChat was last forced to give another one. WeChat allows it every 30 seconds. Null: never.',
      forced_count:
        'How often it was forced on the day, in China, of `forced_at`. WeChat allows 20, of which two are kept for emergencies.',
      buried: 'A keyed fingerprint of the last value that died, since WeChat may give the same one again. Null: none died.',
      early_deaths: 'How many died before their time, not by our doing: somebody else fetches tokens with this secret.',
      died_early_at: 'The last of them. Null: none.',
      deaths:
        'Deaths in a row, each within ten minutes after the one before. The pause between fetches doubles with each, up to a minute.',
      died_at: 'The last death. Null: none.',
      doubts: 'Of release 0.1.0. Nothing reads or writes it. It goes in a later release.',
      doubts_since: 'Of release 0.1.0. Nothing reads or writes it. It goes in a later release.',
    },
  ],
  'TABLE needless_report': [
    'Reports that a token is dead which WeChat still takes. After five in ten minutes the key is not listened to for this app.',
    {
      appid: 'The app.',
      key_id: 'Who reported.',
      reported_at: 'The last reports, five at most.',
    },
  ],
  'TABLE token_read': [
    'Who read tokens, in sums by the minute, kept for 90 days. For people who look here.',
    {
      appid: 'The app.',
      minute: 'It begins then.',
      key_id: 'The key that read.',
      address: 'Where the requests came from.',
      reads: 'How many.',
    },
  ],
  'TABLE upstream_pace': [
    'When the next renewal may go out, so that WeChat sees no crowd. All replicas take their turns here.',
    { host: 'Of WeChat.', next_turn: 'Each claim moves it on, so that no more than RENEWALS_PER_SECOND go out.' },
  ],

  // user
  'TABLE wechat_user': [
    'A person as one app knows them. What belongs to the person is deleted with this row.',
    {
      appid: 'The app.',
      openid: "The person's id at this app. It means nothing to another app.",
      unionid: "The person's id at all apps of one owner. Null: WeChat has not told it, or the app is not bound to an owner.",
      follows: 'Null: WeChat has not said.',
      follows_since: 'The last follow, or unfollow. Null: WeChat has not said.',
      follows_as_of: 'When WeChat said so. Older news does not overwrite newer.',
      profile: 'Name and picture, as web authorisation showed them last. Null: never.',
      profile_as_of: 'When it showed them. Null: never.',
      first_seen_at: 'For the record of the person.',
      last_seen_at: 'The last news of the person from WeChat.',
    },
  ],

  // vault
  'TABLE data_key': [
    "The key that seals one owner's secrets. Without it they cannot be read, so deleting it erases them for good.",
    {
      owner: 'An appid, or `gateway` for what belongs to no app.',
      id: 'In every text that it sealed.',
      current: 'It seals new texts. The others only open.',
      master_key_id: 'The master key that sealed it. The master key itself is never in the database.',
      wrapped_key: 'Sealed by the master key.',
      created_at: 'For people who look here.',
    },
  ],

  // web-auth
  'TABLE browser_attempt': [
    'What a service began for one browser. The first browser that opens it owns it by a cookie. Deleted an hour after its end.',
    {
      appid: 'The app.',
      id: 'In the address that the browser opens. Knowing it proves nothing.',
      kind: 'A login page, a login window, or the page of a link to a platform.',
      key_id: 'The key that began it. Nobody else is told who the person is.',
      origin: 'Of the page that frames it or opened it. It alone is spoken to. Null: none.',
      return_to: 'Where the browser is sent at the end. Null: it stays in a window.',
      state: "The service's own text, given back at the end.",
      binding_hash: "Of the browser's session at the service. Null: the kind needs none.",
      cookie_hash: 'Of the browser that owns it. Null: not opened yet.',
      expires_at: 'To be opened by then. Once opened: to be finished by then.',
      leased_until: 'A request is asking WeChat for a code to show until then. Null: none is.',
      openid: 'Who it was. Null: not known yet.',
      sealed_result: 'Who it was, for the service. Null: not known yet, or the service has asked.',
      code_until: 'The code that stands for the result is good until then. Null: no result.',
      redeemed_at: 'Null: the service has not asked.',
      refusals: 'Attempts of others to redeem it. The fifth ends it.',
    },
  ],
  'TABLE older_call': [
    'Who calls the older address `getwxuserinfo`, in sums by the hour, kept for 400 days. For whoever wants to switch it off.',
    {
      appid: 'The app.',
      hour: 'It begins then.',
      source: 'What the caller calls itself. `others`: more than a hundred names came.',
      caller: 'The id of its key, or `anybody`.',
      address: 'Where the calls came from.',
      code: 'The code that the envelope answered.',
      calls: 'How many.',
    },
  ],
  'TABLE web_authorization': [
    'What a person allowed an app in a browser, with the tokens for it. Without tokens it has ended.',
    {
      appid: 'The app.',
      openid: 'The person.',
      scope: 'Comma-separated, as WeChat writes it.',
      sealed_access_token: 'Null: it has ended, the person must consent again.',
      access_expires_at: 'Null: it has ended.',
      sealed_refresh_token: 'Null: it has ended.',
      authorized_at: 'The last consent, for people who look here.',
      renewed_at: 'The tokens are forgotten 90 days later.',
      leased_until: 'A replica is asking WeChat for new tokens until then. Null: nobody is.',
      fence: 'Counts claims, renewals and consents. A replica with a lower number was overtaken and may not save.',
    },
  ],

  // webhook
  'TABLE webhook': [
    'A service that asked to be told of events. Its secrets are sealed.',
    {
      id: 'Its name in the API.',
      key_id:
        'The key it belongs to, and stops with. No foreign key: a key that is gone must show. Null: made before webhooks had keys.',
      key_ended_at: 'Since then its key has ended. Says nothing unless it is disabled for that. Null: it has not.',
      waived_scopes:
        'Scopes that its key need not have: they were not needed when the webhook was made. Given once, a scope counts.',
      url: 'In the clear, for the release before. What is sent goes to `sealed_url`. The next release keeps it without its query.',
      sealed_url: 'The whole address, with its query. Null: release 0.1.0 wrote the address, and it is sealed within seconds.',
      appids: '`*` among them: every app, also later ones.',
      types: 'Types of events: `message.text`, `message.*`, `*`.',
      description: 'For people.',
      format: "`standard`: the event as JSON. `wechat`: the push in WeChat's own form, signed and encrypted anew.",
      replies: 'It may answer a push.',
      max_age_seconds: 'An older event is of no use to it, and expires. Null: no limit.',
      enabled: 'False: nothing is queued for it, unless its key ended less than three days ago.',
      disabled_because: '`gone`: its receiver answered 410. `failing`: nothing but failures for days. Null: it is enabled.',
      failing_since: 'Nothing but failures since then. Null: the last one arrived.',
      secrets: 'Those that sign: the newest first, former ones with their end.',
      relay: 'Token and AES key of the format `wechat`. Null: the other format.',
      created_at: 'Of several that may answer, the oldest is asked.',
    },
  ],
  'TABLE webhook_attempt': [
    'One request of a delivery, and what its receiver answered. Kept for WEBHOOK_ATTEMPTS_KEPT_DAYS.',
    {
      appid: 'The app.',
      seq: 'The event.',
      webhook_id: 'The webhook.',
      number: 'Of this delivery, from 1.',
      id: 'In the order of commits within one webhook, so that a reader who goes on from one has missed nothing.',
      at: 'When the result was kept.',
      status: 'The HTTP status. Null: no answer.',
      error: 'Why it counts as failed. Null: it arrived.',
      milliseconds: 'How long the receiver took.',
      response: 'The beginning of the body.',
    },
  ],
  'TABLE webhook_delivery': [
    'An event that goes to a webhook. No foreign key to the webhook, since every push would lock its row. Goes with the event.',
    {
      appid: 'The app.',
      seq: 'The event.',
      webhook_id: 'Rows of a webhook that was deleted are never claimed, and are swept.',
      state: '`expired`: too old for the webhook, or nobody adopted the webhook in time.',
      due_at: 'The next attempt. A claim puts it off, so that a dead replica lets go of it. Null: nothing more is to be done.',
      expires_at: 'Of no use after this. Null: no limit.',
      step: 'Failures in the present plan of retries. Sending again by hand begins a new plan.',
      attempts: 'Ever. Also the fence: the result of an older claim is not kept.',
      asked: 'The replica that received the push makes the first attempt, and waits for the answer.',
    },
  ],

  // The list of migrations is no room's.
  'TABLE migration': [
    'Which migrations were run. TypeORM writes it.',
    { id: 'Counts.', timestamp: 'The number in the name of the file.', name: 'The class.' },
  ],

  'VIEW judged_refusal': [
    'The rows of `refused_push`, with a verdict: does it count against the app?',
    {
      appid: 'The app.',
      hour: 'The hour begins then.',
      reason: 'As in `refused_push`.',
      count: 'How many pushes.',
      first_at: 'The first of them.',
      last_at: 'The last of them.',
      counts_as:
        '`app`: from WeChat; or of unknown origin, where at least three were refused over two minutes and none was accepted since. ' +
        '`stranger`: all others.',
      is_current: 'No push was accepted since, and nobody has changed the app since.',
    },
  ],

  'FUNCTION begin_anew(text)': [
    'Tries the credentials of an app now, and forgets what was held against it, since a person did something about it. ' +
      'Retired ones stay retired, and the 30 seconds between forced fetches stay.',
  ],
  'FUNCTION current_epoch()': [
    'The epoch. Null: the database is not the one that the epoch was made under, and nobody has begun another epoch yet.',
  ],
  'FUNCTION database_identity()': [
    'Cluster, timeline and database: another one after a failover, a recovery or a copy. Null on a standby.',
  ],
  'FUNCTION end_waivers()': ['A scope that a key is given is no longer waived for its webhooks: losing it counts from then on.'],
  [`FUNCTION keep_events(text[], text[], text[], text[], timestamptz[], text[], text[], bytea[], text[], boolean[],
    text[], text[], text[])`]: ['Of release 0.1.0. Nothing calls it. It goes in a later release.'],
  [`FUNCTION keep_events(text[], text[], text[], text[], timestamptz[], text[], text[], bytea[], text[], boolean[],
    text[], text[], text[], boolean[], text[], text[], interval)`]: [
    'Keeps any number of events with their tasks in one round trip. A lock until the commit makes numbers visible in their order. ' +
      'Outcomes: `fresh`, `repeat` (with the reply of the first), `reused` (the signature came with another message).',
  ],
  'FUNCTION next_fence(bigint)': ['The fence after this one, and above all fences of the epochs before.'],
  'FUNCTION note_change()': [
    'Writes the row that changed into `change`, in the same transaction, so that no writer can forget it.',
  ],
  'FUNCTION note_signature(text, text, text, boolean)': [
    'Notes the signature of a push in `seen_signature`. False: the push is refused.',
  ],
  'FUNCTION number_audit_entry()': [
    'Gives an audit entry its number, under a lock until the commit: numbers become visible in their order.',
  ],
  'FUNCTION queue_deliveries()': [
    'Writes what is to be sent of an event into `webhook_delivery`, in the same commit. Also for three days for a webhook whose key ' +
      'has ended. Of the webhooks that may answer, it marks the oldest as asked.',
  ],
  'FUNCTION refuse_change()': ['Raises an error: the table only grows.'],
  'FUNCTION revise_app()': [
    'Counts the change of an app and calls `begin_anew`. With another token mode the next access token is fetched at once.',
  ],
  'FUNCTION unseal_address()': ['Empties `sealed_url` where only `url` was written.'],
  'FUNCTION webhook_key_lives(webhook, api_key)': [
    'Whether the key of a webhook has not ended. True where the webhook belongs to nobody.',
  ],
  'FUNCTION webhook_key_opens(webhook, api_key, text, text)': [
    'Whether the key of a webhook holds the app and the scope, now. True where the webhook belongs to nobody.',
  ],
  'FUNCTION webhook_takes(webhook, text, text, boolean)': ['Whether a webhook asks for such an event of such an app.'],

  'TRIGGER api_key_noted ON api_key': ['Replicas read the key again.'],
  'TRIGGER api_key_widened ON api_key': ['Its webhooks no longer do without the scopes that it was given.'],
  'TRIGGER app_noted ON app': ['Replicas drop the app from memory.'],
  'TRIGGER app_revised ON app': ['Whatever waits for a person is tried now, whoever changed the app.'],
  'TRIGGER app_voice_changed ON app_voice': ['Replicas drop the rules from memory.'],
  'TRIGGER audit_entry_number ON audit_entry': ['No writer can forget the order of commits.'],
  'TRIGGER audit_entry_only_grows ON audit_entry': ['Nobody changes or deletes an entry, not even by hand.'],
  'TRIGGER credential_made_or_gone ON credential': ['Replicas read the credentials of the app again.'],
  'TRIGGER credential_renewed ON credential': ['The same for a new value or the loss of one. A lease concerns nobody else.'],
  'TRIGGER event_queued ON event': ['Whoever writes an event need not know of webhooks.'],
  'TRIGGER qr_login_changed ON qr_login': ['Replicas on which a browser waits for this login look at once.'],
  'TRIGGER webhook_changed ON webhook': ['Replicas drop the webhook from memory.'],
  'TRIGGER webhook_moved ON webhook': [
    'Release 0.1.0 writes `url` alone: what is sealed is then the former address, and must not be used. Goes with the clear address.',
  ],
  'TRIGGER wechat_address_list_changed ON wechat_address_list': ['Replicas drop the list from memory.'],
};
