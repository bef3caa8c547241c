import type { Sentence } from '#errors';

/** What can be looked at when an app is checked. */
export const checkNames = [
  'credentials',
  'ip_allow_list',
  'callback',
  'aes_key',
  'quota',
  'component_ticket',
  'authorization',
] as const;
export type CheckName = (typeof checkNames)[number];

/** What a check of an app found. Each room gives the lines for what it knows. */
export interface CheckLine {
  readonly check: CheckName;
  /** `unknown` if something else prevented the check. */
  readonly status: 'ok' | 'problem' | 'unknown' | 'not_applicable';
  readonly detail: Sentence;
  /** What to do; null where nothing is to be done. */
  readonly hint: Sentence | null;
}
