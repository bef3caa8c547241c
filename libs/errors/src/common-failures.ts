import { failure } from './gateway-error.js';

export interface Fault {
  /** The place in the input, dotted: `callback.token`. */
  readonly path: string;
  readonly message: string;
}

/** The input has the wrong shape. Carries every fault at once, so that a caller mends them in one go. */
export class InvalidInput extends failure('invalid', 'validation_failed', {
  en: 'The request has the wrong shape',
  zh: '请求内容不符合要求',
}) {
  constructor(readonly faults: readonly Fault[]) {
    super(
      {
        en: faults.map(({ path, message }) => `${path}: ${message}`).join('; '),
        zh: faults.map(({ path, message }) => `${path}：${message}`).join('；'),
      },
      { members: { errors: faults } },
    );
  }
}

/** The database went back in time since the cursor was given: its numbers mean other rows now, or none. */
export class CursorOfAnotherTime extends failure('gone', 'cursor_of_another_time', {
  en: 'The cursor belongs to a time that the database has lost',
  zh: '数据库恢复到了更早的状态，这个游标已经失效',
}) {
  constructor() {
    super({
      en: 'The database was restored or failed over since this cursor or event id was given, or what it names is no longer kept; read again from `since`, a time from which you may have missed something',
      zh: '给出这个游标或事件 ID 之后，数据库被恢复过或发生过主备切换，或者它指的内容已不再保存；请用 `since` 从可能遗漏的时间点重新读取',
    });
  }
}

/** Passes by itself: the caller may simply try again. */
export class StorageUnavailable extends failure('unavailable', 'storage_unavailable', {
  en: 'The database cannot be reached at the moment',
  zh: '暂时连接不上数据库',
}) {
  constructor(cause?: unknown) {
    super(
      { en: 'The database cannot be reached at the moment; try again shortly', zh: '暂时连接不上数据库，请稍后重试' },
      { cause, retryAfterSeconds: 2 },
    );
  }
}
