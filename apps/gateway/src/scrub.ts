const names =
  'access_token|refresh_token|authorizer_access_token|authorizer_refresh_token|component_access_token|component_verify_ticket|' +
  'secret|appsecret|component_appsecret|component_secret|session_key|encoding_aes_key|token|ticket|js_code|poll_token|' +
  'login_code|password|authorization|key|admin_token|master_key|cookie';
const namesAndCode = `${names}|code`;

/**
 * The place before the code of an error (`ENOENT`, `3D000`), which log.ts writes right after its type. What somebody sent
 * cannot stand there, because its quotation marks are escaped. A code of WeChat's could have any such form.
 */
const ownCodeOfError = '(?<="(?:err|cause)":\\{"type":"\\w{1,64}",)';

/**
 * What may never be written to a log, found by its form or its name. This is the last defence: our code logs no secrets, but
 * libraries put requests into their errors. A line may hold whatever somebody sent, so no rule may read a stretch of it twice:
 * each starts at a sign and looks back only as far as the sign before.
 */
const rules: [RegExp, string][] = [
  [/wxg_[0-9A-Za-z]{10}_[0-9A-Za-z]{38}/g, 'wxg_…'],
  [/\b(Bearer|Basic)\s+[^\s"'\\]+/gi, '$1 …'],
  // WeChat's API takes secrets, tokens and codes in the query, so no query is ever shown.
  [/\?(?<=\/[\w.:/%~$+-]*\?)[^\s"'\\]+/g, '?…'],
  [/:(?<=\w:\/\/[^\s:/@"']*:)[^\s@"']{1,256}@/g, ':…@'],
  [new RegExp(member(names), 'gi'), '$1…'],
  [new RegExp(`(?!${ownCodeOfError}"code")${member('code')}`, 'gi'), '$1…'],
  [new RegExp(`\\b(${namesAndCode})=[^\\s&"'\\\\]+`, 'gi'), '$1=…'],
];

/** Most lines hold nothing of the kind, and one check is much cheaper than all the rules. */
const suspicious = new RegExp(`\\?|wxg_|://|Bearer|Basic|(?:${namesAndCode})(?:\\\\?["']\\s*:|=)`, 'i');

export function scrub(line: string): string {
  if (!suspicious.test(line)) return line;
  return rules.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), line);
}

/** A member of JSON, perhaps inside a text, to the end of its value. */
function member(named: string): string {
  return `((?:\\\\?["'])(?:${named})(?:\\\\?["'])\\s*:\\s*\\\\?["'])[^"'\\\\]*`;
}
