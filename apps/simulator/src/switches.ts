/**
 * Where WeChat's pages contradict each other or say nothing, the simulator must still do something. Each such choice is
 * a switch, set to what we think likelier, so that a gateway can be tried against both readings.
 */
export const switchList = {
  superseded_token_errcode: pick(40001, [40001, 40014, 42001], 'A token that a newer one has replaced.'),
  unknown_token_errcode: pick(40014, [40014, 40001, 42001], 'A token that was never issued, or another account’s.'),
  token_endpoint_wrong_secret_errcode: pick(40125, [40125, 40001], 'A wrong secret at /cgi-bin/token and stable_token.'),
  token_lifetime_seconds: number(7200, 'Life of an access token: shorten it to see many renewals.'),
  token_overlap_seconds: number(300, 'How long a replaced token lives on, and how late a stable one is renewed.'),
  third_classic_token_kills_first: pick(true, [true, false], 'A third fetch within five minutes kills the first token at once.'),
  forced_refresh_keeps_former: pick(true, [true, false], 'One forced stable refresh leaves the former token its five minutes.'),
  forced_refresh_over_limit: pick(
    '45009',
    ['45009', 'current'],
    'The 21st forced refresh of a day: refused, or the current token.',
  ),
  oauth_code_life_seconds: number(300, 'Life of a code from the page in WeChat.'),
  website_code_life_seconds: number(300, 'Life of a code from website login; one page says 600.'),
  expired_code_errcode: pick(40029, [40029, 42003], 'A code that was not used in time.'),
  authorize_strict_state: pick(true, [true, false], 'A state that is not 0 to 128 letters and digits is refused by the page.'),
  denial: pick('redirect_without_code', ['redirect_without_code', 'stay'], 'A refusal: back with state alone, or no redirect.'),
  oauth_refresh: pick('keep', ['keep', 'extend', 'rotate'], 'What a refresh does to the refresh token and its 30 days.'),
  snapshot_flag_missing: pick(false, [false, true], 'A snapshot user comes without is_snapshotuser, as on first visits.'),
  qr_default_expire_seconds: number(60, 'Life of a temporary code that names none; older pages say 30.'),
  qr_expire_over_limit: pick('clamp', ['clamp', '40053'], 'expire_seconds over 30 days: cut to it, or refused.'),
  expired_ticket_image: pick('404', ['404', 'image'], 'showqrcode of an expired ticket.'),
  permanent_qr_names_expiry: pick(false, [false, true], 'A permanent code answers expire_seconds 0 instead of nothing.'),
  non_follower_has_unionid: pick(false, [false, true], 'user/info of a stranger tells the unionid.'),
  repeated_client_msg_id: pick(
    'same_msgid',
    ['same_msgid', '45065'],
    'A template message with a client_msg_id of the last ten minutes: the first msgid again, or refused with it.',
  ),
  template_outcome: pick(
    'success',
    ['success', 'failed: system failed', 'none'],
    'What the event says became of a template message; none: no event comes.',
  ),
  template_event_first: pick(false, [false, true], 'That event comes before the answer of the call.'),
  subscribe_send_tells_msgid: pick(true, [true, false], 'Sending a subscribe message answers a msgid.'),
  login_replaces_session_key: pick(true, [true, false], 'Each wx.login makes a new session_key.'),
  component_token_former: pick(
    'five_minutes',
    ['five_minutes', 'dead_at_once', 'until_its_end'],
    'What becomes of a platform’s token when it takes a new one.',
  ),
  authorizer_token_former: pick(
    'five_minutes',
    ['five_minutes', 'dead_at_once', 'until_its_end'],
    'What becomes of an authorizer’s token when the platform takes a new one.',
  ),
  expired_component_token_errcode: pick(42001, [42001, 42006], 'A platform’s token after its two hours.'),
  frozen_platform_errcode: pick(61011, [61011, 50007, 48004], 'Every call of a frozen platform.'),
  authorizer_refresh_rotates: pick(false, [false, true], 'Each refresh makes a new authorizer_refresh_token and voids the old.'),
  ticket_push_seconds: number(600, 'How often a platform is pushed its ticket.'),
  pre_auth_code_life_seconds: number(600, 'Life of a pre_auth_code; the prose says 1800.'),
  pre_auth_code_works_once: pick(true, [true, false], 'A pre_auth_code is spent by the first agreement.'),
  authorization_code_life_seconds: number(600, 'Life of an authorization_code; up to 3600 are told of.'),
  query_auth_tells_tokens: pick(
    true,
    [true, false],
    'False: api_query_auth gives no tokens, as of an account without API rights.',
  ),
  quota_counts_failures: pick(true, [true, false], 'Calls that failed with a good token use up quota too.'),
  user_get_page_size: number(10_000, 'Openids on a page of user/get.'),
  errmsg_trace: pick('rid', ['rid', 'hint', 'none'], 'What follows the text of an errmsg.'),
  push_attempts: number(3, 'Deliveries of a push in all.'),
  push_deadline_ms: number(5000, 'How long one delivery may take, connecting included.'),
  push_retries_error_status: pick(
    true,
    [true, false],
    'A status that is not 2xx, or no connection, is repeated like a time-out.',
  ),
  push_retries_bad_reply: pick(false, [false, true], 'A reply that is neither valid nor empty is repeated.'),
  push_repeats_resign: pick(true, [true, false], 'A repeat carries a new timestamp and nonce.'),
  subscribe_event_json: pick(
    'list',
    ['list', 'array', 'single'],
    'In JSON, a subscribe-message event holds a List, is an array, or has one entry bare.',
  ),
  push_user_agent: text('Mozilla/4.0', 'The User-Agent of a push.'),
} as const;

export type Switches = { -readonly [Name in keyof typeof switchList]: (typeof switchList)[Name]['default'] };

export const defaultSwitches = (): Switches =>
  Object.fromEntries(Object.entries(switchList).map(([name, choice]) => [name, choice.default])) as Switches;

interface Choice<Value> {
  readonly default: Value;
  readonly meaning: string;
  readonly schema: object;
}

function pick<const Value extends string | number | boolean>(
  first: NoInfer<Value>,
  choices: readonly Value[],
  meaning: string,
): Choice<Value> {
  return { default: first, meaning, schema: { enum: choices } };
}

function number(first: number, meaning: string): Choice<number> {
  return { default: first, meaning, schema: { type: 'integer', minimum: 1 } };
}

function text(first: string, meaning: string): Choice<string> {
  return { default: first, meaning, schema: { type: 'string', maxLength: 200 } };
}
