/** Which room owns which table: it alone writes there. Held by test/architecture.spec.ts, shown in docs/database.md. */
export const tablesOf: Record<string, readonly string[]> = {
  access: ['api_key', 'api_key_use', 'audit_entry', 'idempotent_request'],
  app: ['app'],
  callback: [
    'app_voice',
    'callback_record',
    'event',
    'event_task',
    'late_reply',
    'refused_push',
    'seen_signature',
    'wechat_address_list',
  ],
  changes: ['change', 'epoch'],
  message: ['message_fate', 'sent_message'],
  'mini-program': ['mini_session'],
  'one-time-code': ['used_code'],
  platform: ['authorization_link', 'platform', 'platform_authorization', 'platform_code'],
  'qr-code': ['qr_code'],
  'qr-login': ['login_rate', 'qr_login'],
  quota: ['call_use', 'quota_clearing'],
  token: ['credential', 'needless_report', 'token_read', 'upstream_pace'],
  user: ['wechat_user'],
  vault: ['data_key'],
  'web-auth': ['browser_attempt', 'older_call', 'web_authorization'],
  webhook: ['webhook', 'webhook_attempt', 'webhook_delivery'],
};

/** Columns that no code of this tree reads or writes, but that of the release before does: docs/releasing.md says when they go. */
export const leavingColumns: readonly string[] = ['credential.doubts', 'credential.doubts_since', 'platform_code.asked_at'];

/** Rooms that read a table of another one in SQL, since a join says in one statement what two would race about. */
export const readersOf: Record<string, readonly string[]> = {
  api_key: ['webhook', 'apps/gateway'],
  app: ['callback', 'platform', 'quota', 'token', 'apps/gateway'],
  epoch: ['token', 'apps/gateway'],
  event: ['platform', 'webhook'],
};

/** The sandbox lets the gateway forget what a simulator that was made anew no longer knows. */
export const writersBesides: Record<string, readonly string[]> = {
  credential: ['apps/gateway'],
  platform: ['apps/gateway'],
  platform_authorization: ['apps/gateway'],
};
