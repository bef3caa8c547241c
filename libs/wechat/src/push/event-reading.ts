import type { PushReader } from './push-field-reader.js';

interface OfPerson {
  readonly openid: string;
  readonly at: Date;
}

/** The scene of a code with a parameter, without WeChat's prefix. */
interface Scene {
  readonly scene: string;
  readonly ticket: string | null;
}

export type SendFate = 'delivered' | 'blocked' | 'failed';

interface Subscription {
  readonly templateId: string;
  readonly accepted: boolean;
}

/**
 * What happens between people, accounts and WeChat.
 * https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_event_pushes.html
 */
export type EventPush =
  | (OfPerson & { readonly kind: 'subscribe'; readonly by: Scene | null })
  | (OfPerson & { readonly kind: 'unsubscribe' })
  | (OfPerson & Scene & { readonly kind: 'scan' })
  | (OfPerson & { readonly kind: 'place'; readonly latitude: number; readonly longitude: number; readonly precision: number })
  | (OfPerson & { readonly kind: 'menu-click'; readonly key: string })
  | (OfPerson & { readonly kind: 'menu-view'; readonly url: string; readonly menuId: string | null })
  | (OfPerson & { readonly kind: 'menu-mini-program'; readonly path: string; readonly menuId: string | null })
  | (OfPerson & { readonly kind: 'menu-scan'; readonly key: string; readonly result: string; readonly waits: boolean })
  | (OfPerson & { readonly kind: 'menu-pictures'; readonly key: string; readonly count: number })
  | (OfPerson & { readonly kind: 'menu-location'; readonly key: string; readonly latitude: number; readonly longitude: number })
  | (OfPerson & { readonly kind: 'template-sent'; readonly msgId: string; readonly fate: SendFate; readonly detail: string })
  | (OfPerson & { readonly kind: 'mass-sent'; readonly msgId: string; readonly detail: string })
  | (OfPerson & { readonly kind: 'published'; readonly publishId: string; readonly status: number })
  | (OfPerson & { readonly kind: 'subscriptions-chosen'; readonly subscriptions: readonly Subscription[] })
  | (OfPerson & { readonly kind: 'subscriptions-changed'; readonly subscriptions: readonly Subscription[] })
  | (OfPerson & {
      readonly kind: 'subscribe-messages-sent';
      readonly sent: readonly {
        readonly templateId: string;
        readonly msgId: string;
        readonly errorCode: string;
        readonly detail: string;
      }[];
    })
  | (OfPerson & { readonly kind: 'authorization-revoked'; readonly revoked: string })
  | (OfPerson & { readonly kind: 'user-info-modified' })
  | (OfPerson & { readonly kind: 'user-cancelled' })
  | (OfPerson & { readonly kind: 'account-verified'; readonly succeeded: boolean; readonly detail: string })
  | (OfPerson & { readonly kind: 'service-session'; readonly step: 'created' | 'closed' | 'switched'; readonly account: string })
  | (OfPerson & { readonly kind: 'session-entered'; readonly from: string })
  | (OfPerson & { readonly kind: 'media-checked'; readonly traceId: string })
  | (OfPerson & { readonly kind: 'audited'; readonly verdict: 'success' | 'fail' | 'delay'; readonly reason: string })
  | { readonly kind: 'component-ticket'; readonly platform: string; readonly at: Date; readonly ticket: string }
  | {
      readonly kind: 'platform-authorized';
      readonly platform: string;
      readonly at: Date;
      readonly authorizer: string;
      readonly isUpdate: boolean;
      readonly code: string;
    }
  | { readonly kind: 'platform-unauthorized'; readonly platform: string; readonly at: Date; readonly authorizer: string };

type Read = (push: PushReader) => EventPush;

const subscribe: Read = (push) => {
  const key = push.optional('EventKey') ?? '';
  // Only this event has the prefix. A scene that itself begins with it has it twice.
  const by = key.startsWith('qrscene_') ? { scene: key.slice('qrscene_'.length), ticket: push.optional('Ticket') } : null;
  return { ...push.person(), kind: 'subscribe', by };
};

const menuScan =
  (waits: boolean): Read =>
  (push) => ({
    ...push.person(),
    kind: 'menu-scan',
    key: push.textOrEmpty('EventKey'),
    result: push.object('ScanCodeInfo').textOrEmpty('ScanResult'),
    waits,
  });

const menuPictures: Read = (push) => ({
  ...push.person(),
  kind: 'menu-pictures',
  key: push.textOrEmpty('EventKey'),
  count: push.object('SendPicsInfo').number('Count'),
});

/** `failed:user block` and `failed: system failed`: both spacings exist. */
function fateOf(status: string): SendFate {
  const word = status.replaceAll(' ', '').toLowerCase();
  if (word === 'success') return 'delivered';
  return word === 'failed:userblock' ? 'blocked' : 'failed';
}

const subscriptions = (push: PushReader, name: string): Subscription[] =>
  push.items(name, 'List').map((one) => ({
    templateId: one.text('TemplateId'),
    accepted: one.textOrEmpty('SubscribeStatusString') === 'accept',
  }));

/** About a person but sent by WeChat itself, so the openid has its own field. */
const ofOther = (push: PushReader): OfPerson => ({
  ...push.person(),
  openid: push.optional('OpenID') ?? push.text('FromUserName'),
});

const revoked: Read = (push) => ({ ...ofOther(push), kind: 'authorization-revoked', revoked: push.textOrEmpty('RevokeInfo') });

const verified =
  (succeeded: boolean): Read =>
  (push) => ({
    ...push.person(),
    kind: 'account-verified',
    succeeded,
    detail: push.textOrEmpty('FailReason'),
  });

const serviceSession =
  (step: 'created' | 'closed' | 'switched', name: string): Read =>
  (push) => ({
    ...push.person(),
    kind: 'service-session',
    step,
    account: push.textOrEmpty(name),
  });

const audited =
  (verdict: 'success' | 'fail' | 'delay'): Read =>
  (push) => ({
    ...push.person(),
    kind: 'audited',
    verdict,
    reason: push.textOrEmpty('Reason'),
  });

/** For a platform, without sender and recipient. */
function ofPlatform(push: PushReader): { platform: string; at: Date } {
  return { platform: push.text('AppId'), at: push.moment() ?? new Date(0) };
}

const platformAuthorized =
  (isUpdate: boolean): Read =>
  (push) => ({
    ...ofPlatform(push),
    kind: 'platform-authorized',
    authorizer: push.text('AuthorizerAppid'),
    isUpdate,
    code: push.textOrEmpty('AuthorizationCode'),
  });

/** By `Event` or `InfoType` in lower_snake. */
export const eventReaders = new Map<string, Read>([
  ['subscribe', subscribe],
  ['unsubscribe', (push) => ({ ...push.person(), kind: 'unsubscribe' })],
  ['scan', (push) => ({ ...push.person(), kind: 'scan', scene: push.text('EventKey'), ticket: push.optional('Ticket') })],
  [
    'location',
    (push) => ({
      ...push.person(),
      kind: 'place',
      latitude: push.number('Latitude'),
      longitude: push.number('Longitude'),
      precision: push.number('Precision'),
    }),
  ],
  ['click', (push) => ({ ...push.person(), kind: 'menu-click', key: push.textOrEmpty('EventKey') })],
  [
    'view',
    (push) => ({ ...push.person(), kind: 'menu-view', url: push.textOrEmpty('EventKey'), menuId: push.optional('MenuId') }),
  ],
  [
    'view_miniprogram',
    (push) => ({
      ...push.person(),
      kind: 'menu-mini-program',
      path: push.textOrEmpty('EventKey'),
      menuId: push.optional('MenuId'),
    }),
  ],
  ['scancode_push', menuScan(false)],
  ['scancode_waitmsg', menuScan(true)],
  ['pic_sysphoto', menuPictures],
  ['pic_photo_or_album', menuPictures],
  ['pic_weixin', menuPictures],
  [
    'location_select',
    (push) => ({
      ...push.person(),
      kind: 'menu-location',
      key: push.textOrEmpty('EventKey'),
      latitude: push.object('SendLocationInfo').number('Location_X'),
      longitude: push.object('SendLocationInfo').number('Location_Y'),
    }),
  ],
  [
    'templatesendjobfinish',
    (push) => ({
      ...push.person(),
      kind: 'template-sent',
      msgId: push.text('MsgID'),
      fate: fateOf(push.text('Status')),
      detail: push.text('Status'),
    }),
  ],
  [
    'masssendjobfinish',
    (push) => ({ ...push.person(), kind: 'mass-sent', msgId: push.text('MsgID'), detail: push.textOrEmpty('Status') }),
  ],
  [
    'publishjobfinish',
    (push) => {
      const info = push.object('PublishEventInfo');
      return { ...push.person(), kind: 'published', publishId: info.text('publish_id'), status: info.number('publish_status') };
    },
  ],
  [
    'subscribe_msg_popup_event',
    (push) => ({ ...push.person(), kind: 'subscriptions-chosen', subscriptions: subscriptions(push, 'SubscribeMsgPopupEvent') }),
  ],
  [
    'subscribe_msg_change_event',
    (push) => ({
      ...push.person(),
      kind: 'subscriptions-changed',
      subscriptions: subscriptions(push, 'SubscribeMsgChangeEvent'),
    }),
  ],
  [
    'subscribe_msg_sent_event',
    (push) => ({
      ...push.person(),
      kind: 'subscribe-messages-sent',
      sent: push.items('SubscribeMsgSentEvent', 'List').map((one) => ({
        templateId: one.text('TemplateId'),
        msgId: one.textOrEmpty('MsgID'),
        errorCode: one.textOrEmpty('ErrorCode'),
        detail: one.textOrEmpty('ErrorStatus'),
      })),
    }),
  ],
  // Official accounts' and mini programs' documents name it differently.
  ['user_authorize_revoke', revoked],
  ['user_authorization_revoke', revoked],
  ['user_info_modified', (push) => ({ ...ofOther(push), kind: 'user-info-modified' })],
  ['user_authorization_cancellation', (push) => ({ ...ofOther(push), kind: 'user-cancelled' })],
  ['qualification_verify_success', verified(true)],
  ['naming_verify_success', verified(true)],
  ['annual_renew', verified(true)],
  ['verify_expired', verified(false)],
  ['qualification_verify_fail', verified(false)],
  ['naming_verify_fail', verified(false)],
  ['kf_create_session', serviceSession('created', 'KfAccount')],
  ['kf_close_session', serviceSession('closed', 'KfAccount')],
  ['kf_switch_session', serviceSession('switched', 'ToKfAccount')],
  ['user_enter_tempsession', (push) => ({ ...push.person(), kind: 'session-entered', from: push.textOrEmpty('SessionFrom') })],
  ['wxa_media_check', (push) => ({ ...push.person(), kind: 'media-checked', traceId: push.text('trace_id') })],
  ['weapp_audit_success', audited('success')],
  ['weapp_audit_fail', audited('fail')],
  ['weapp_audit_delay', audited('delay')],
  [
    'component_verify_ticket',
    (push) => ({ ...ofPlatform(push), kind: 'component-ticket', ticket: push.text('ComponentVerifyTicket') }),
  ],
  ['authorized', platformAuthorized(false)],
  ['updateauthorized', platformAuthorized(true)],
  ['unauthorized', (push) => ({ ...ofPlatform(push), kind: 'platform-unauthorized', authorizer: push.text('AuthorizerAppid') })],
]);
