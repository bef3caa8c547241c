import { types } from 'node:util';
import { QueryRunnerAlreadyReleasedError, QueryRunnerProviderAlreadyReleasedError } from 'typeorm';

/** read_only_sql_transaction: a standby, during failover. */
export const readOnly = '25006';
/** disk_full */
export const diskFull = '53100';

/** SQLSTATE classes that pass: connections, resources such as a full disk, an operator or a crash, the system. */
const passingClasses = /^(08(?!P01)|53|57|58)/;

/** PgBouncer uses this one code for a wrong setting and for a server that is away or starting. */
const poolerCode = '08P01';
const refusedParameter = /unsupported startup parameter/i;
const wrongSetting = /unsupported startup parameter|does not exist|no such (user|database)|authentication failed/i;

/** At a start these mean a wrong setting. After the gateway has served, they mean that somebody works on the server. */
const passingOnceServed = /^(28|3D|55000|08P01)/;

/** Codes of pg and Node for a server that is away, starting, stopping, or out of connections. All of these pass. */
const passing = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  '55P03', // lock_not_available: the lock timeout
  '25P03', // idle_in_transaction_session_timeout
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  readOnly,
]);

const passingText =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query read timeout|not queryable|Cannot use a pool after calling end/i;

/** If a connection breaks between two statements of a transaction, the runner loses it, and the next statement finds none. */
const releasedRunners = [QueryRunnerAlreadyReleasedError, QueryRunnerProviderAlreadyReleasedError];

/** Whether an error means that the database cannot be used now, whichever library wrapped it. */
export function isUnreachable(error: unknown, { hasServed = true } = {}): boolean {
  for (let one = error, depth = 0; types.isNativeError(one) && depth < 5; one = nested(one), depth++) {
    const code = (one as { code?: unknown }).code;
    if (
      typeof code === 'string' &&
      (passing.has(code) ||
        passingClasses.test(code) ||
        (hasServed && passingOnceServed.test(code)) ||
        (code === poolerCode && !wrongSetting.test(one.message)))
    )
      return true;
    if (passingText.test(one.message) || releasedRunners.some((kind) => one instanceof kind)) return true;
    if (one instanceof AggregateError && one.errors.some((each) => isUnreachable(each, { hasServed }))) return true;
  }
  return false;
}

/** The pooler does not know a parameter with which our sessions begin. */
export const isParameterRefused = (error: unknown): boolean => {
  const { code, message } = (nested(error as Error) ?? error) as { code?: unknown; message?: string };
  return code === poolerCode && refusedParameter.test(message ?? '');
};

const nested = (error: Error): unknown => (error as { driverError?: unknown }).driverError ?? error.cause;
