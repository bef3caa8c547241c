import { getHeapStatistics } from 'node:v8';

/** Files kept free of callers: for the database, WeChat, receivers, and the modules and files of the process. */
const filesKept = 64;
/** The cost of a connection while its request is processed, with room to spare. */
const bytesOfConnection = 64 * 1_024;

let files: number | undefined;

/** How many connections this process can hold, by its limit of open files (a quarter is kept free) and by its heap. */
export function connectionsThatFit(databasePoolSize: number): number {
  const open = (files ??= openFilesMax());
  const kept = Math.max(filesKept + databasePoolSize, open / 4);
  return Math.max(50, Math.floor(Math.min(open - kept, getHeapStatistics().heap_size_limit / bytesOfConnection)));
}

/** Absent on Windows, which has no such limit. */
function openFilesMax(): number {
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } };
  const soft = userLimits?.open_files?.soft;
  return typeof soft === 'number' ? soft : Number.POSITIVE_INFINITY;
}
