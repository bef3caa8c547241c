/** What pg and Node say when the server is away, starting, stopping, or out of connections: all of it passes by itself. */
const passing = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '57014', // query_canceled: the statement timeout
  '55P03', // lock_not_available: the lock timeout
  '53300', // too_many_connections
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '25006', // read_only_sql_transaction: a standby, during failover
]);

const passingText =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query read timeout|not queryable|Cannot use a pool after calling end/i;

/** Whether an error means that the database cannot be used just now, whichever library wrapped it. */
export function isUnreachable(error: unknown): boolean {
  for (let one = error, depth = 0; one instanceof Error && depth < 5; one = nested(one), depth++) {
    const code = (one as { code?: unknown }).code;
    if (typeof code === 'string' && (passing.has(code) || code.startsWith('08'))) return true;
    if (passingText.test(one.message)) return true;
    if (one instanceof AggregateError && one.errors.some(isUnreachable)) return true;
  }
  return false;
}

const nested = (error: Error): unknown => (error as { driverError?: unknown }).driverError ?? error.cause;
