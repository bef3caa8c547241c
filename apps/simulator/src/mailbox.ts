import { type App, type AppKind, type CallbackMode } from './apps.js';
import { type Platform } from './platforms.js';

/** Where a push goes and how it is sealed. */
export interface Mailbox {
  /** Whom the push is about. */
  readonly appid: string;
  readonly kind: AppKind | 'platform';
  readonly originalId: string;
  readonly url: string | null;
  readonly token: string;
  readonly aesKey: string;
  readonly mode: CallbackMode;
  readonly format: 'xml' | 'json';
  /** Closes the envelope: the app itself, or the platform that reads its messages. */
  readonly receiveId: string;
}

/** An app's own callback, or that of the platform which it has let into its messages. */
export function mailboxOf(app: App, reader: Platform | undefined): Mailbox {
  const { appid, kind, originalId } = app;
  if (!reader) return { appid, kind, originalId, receiveId: appid, ...app.callback };
  const url = reader.messageUrl?.replaceAll('$APPID$', appid) ?? null;
  return { appid, kind, originalId, url, ...secure(reader) };
}

/** Tickets and authorisations. */
export function eventMailboxOf(platform: Platform): Mailbox {
  return { appid: platform.appid, kind: 'platform', originalId: '', url: platform.eventUrl, ...secure(platform) };
}

/** A platform gets XML in safe mode and nothing else, whatever the account had chosen for itself. */
const secure = ({ appid, token, aesKey }: Platform) =>
  ({ token, aesKey, mode: 'safe', format: 'xml', receiveId: appid }) as const;
