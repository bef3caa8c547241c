import { type FailureClass, type Sentence, StorageUnavailable, because, failure } from '#errors';

export class PushRefused extends failure('forbidden', 'push_refused', {
  en: 'The push is not from WeChat, or not for this app',
  zh: '推送不是来自微信，或不属于这个应用',
}) {
  constructor(why: Sentence) {
    super(because({ en: 'The push is refused', zh: '推送被拒绝' }, why));
  }
}

export class PushStale extends failure('forbidden', 'push_stale', {
  en: 'The push is rightly signed, but not of this time',
  zh: '推送签名正确，但时间不对',
}) {
  constructor(why: Sentence) {
    super({
      en: `The push is refused: ${why.en}; is the clock of this machine right?`,
      zh: `推送被拒绝：${why.zh}；请检查本机时钟`,
    });
  }
}

export class PushMalformed extends failure('invalid', 'push_malformed', { en: 'The push cannot be read', zh: '推送无法解析' }) {
  constructor(why: Sentence) {
    super(because({ en: 'The push cannot be read', zh: '推送无法解析' }, why));
  }
}

export class PushNotInTime extends failure('unavailable', 'push_not_in_time', {
  en: 'The push cannot be stored in time',
  zh: '来不及保存这条推送',
}) {
  constructor() {
    super(
      {
        en: 'More pushes wait here than can be stored before WeChat hangs up; this one is not stored, and may be sent again',
        zh: '排队的推送太多，来不及在微信断开之前保存；这一条没有保存，可以再次推送',
      },
      { retryAfterSeconds: 5 },
    );
  }
}

export class TooManyWrongSignatures extends failure('limited', 'too_many_wrong_signatures', {
  en: 'Too many wrong signatures came from this address',
  zh: '这个 IP 地址发来的错误签名太多',
}) {
  constructor(retryAfterSeconds: number) {
    super(
      {
        en: 'Too many wrong signatures came from this address; right ones are still answered',
        zh: '这个 IP 地址发来的错误签名太多；签名正确的推送仍会处理',
      },
      { retryAfterSeconds },
    );
  }
}

export class EventNotFound extends failure('missing', 'event_not_found', {
  en: 'No such event is kept',
  zh: '没有保存这个事件',
}) {
  constructor() {
    super({ en: 'No such event is kept, or its time is over', zh: '没有保存这个事件，或者它已过保存期' });
  }
}

export class TooManyStreams extends failure('limited', 'too_many_streams', {
  en: 'The key holds too many streams of events',
  zh: '密钥打开的事件流太多',
}) {
  constructor(most: number) {
    super(
      {
        en: `The key holds ${most} streams of events here already: one stream of an app carries all of its events`,
        zh: `这个密钥在本副本上已打开 ${most} 条事件流：一个应用的一条流就包含它的全部事件`,
      },
      {
        retryAfterSeconds: 30,
      },
    );
  }
}

export class NoRoomForStreams extends failure('unavailable', 'no_room_for_streams', {
  en: 'The replica holds as many streams as it can',
  zh: '本副本能承载的事件流已满',
}) {
  constructor(most: number) {
    super(
      {
        en: `This replica holds ${most} streams of events, which is all it has room for; another may have some`,
        zh: `本副本已有 ${most} 条事件流，不能再多；其他副本可能还有余量`,
      },
      {
        retryAfterSeconds: 30,
      },
    );
  }
}

/** How a push can fail, for routes to declare. */
export const callbackFailures: FailureClass[] = [PushRefused, PushStale, PushMalformed, PushNotInTime, StorageUnavailable];
