const names =
  'access_token|refresh_token|authorizer_access_token|authorizer_refresh_token|component_access_token|component_verify_ticket|' +
  'secret|appsecret|component_appsecret|component_secret|session_key|encoding_aes_key|token|ticket|code|js_code|poll_token|' +
  'login_code|password|authorization|key|admin_token|master_key|cookie';

/**
 * What may never be written to a log, found by its shape or by its name. The last line of defence: code does not log
 * secrets in the first place, but libraries put requests into their errors.
 */
const rules: [RegExp, string][] = [
  [/wxg_[0-9A-Za-z]{10}_[0-9A-Za-z]{38}/g, 'wxg_…'],
  [/\b(Bearer|Basic)\s+[^\s"'\\]+/gi, '$1 …'],
  // WeChat's API takes secrets, tokens and codes in the query, so no query is ever shown.
  [/([\w.:/-]*\/[\w.:/%~$+-]*)\?[^\s"'\\]+/g, '$1?…'],
  [/(\w+:\/\/[^\s:/@"']*):[^\s@"']+@/g, '$1:…@'],
  [new RegExp(`((?:\\\\?["'])(?:${names})(?:\\\\?["'])\\s*:\\s*\\\\?["'])[^"'\\\\]*`, 'gi'), '$1…'],
  [new RegExp(`\\b(${names})=[^\\s&"'\\\\]+`, 'gi'), '$1=…'],
];

/** Most lines hold nothing of the kind; one look is much cheaper than all the rules. */
const suspicious = new RegExp(`\\?|wxg_|://|Bearer|Basic|(?:${names})(?:\\\\?["']\\s*:|=)`, 'i');

export function scrub(line: string): string {
  if (!suspicious.test(line)) return line;
  return rules.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), line);
}
