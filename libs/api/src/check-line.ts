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

/** What a check of an app found. Each room that knows something that can be wrong gives its own. */
export interface CheckLine {
  readonly check: CheckName;
  /** `unknown` where something else stood in the way. */
  readonly status: 'ok' | 'problem' | 'unknown' | 'not_applicable';
  readonly detail: Sentence;
  /** What to do; null where nothing is to be done. */
  readonly hint: Sentence | null;
}
