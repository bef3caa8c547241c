import { InvalidInput } from '#errors';

export const timePattern =
  /^\d{4}-(0[1-9]|1[0-2])-([0-2]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
export const timeRule = 'must be a time such as 2030-01-31T12:00:00Z';

export function timeOf(path: string, text: string): Date {
  const time = new Date(text);
  // The 31st of February passes the pattern, and JavaScript would quietly make a day in March of it.
  const day = Number(text.slice(8, 10));
  const lastOfMonth = new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate();
  // Year 0 is a year to JavaScript and none to Postgres.
  if (Number.isNaN(time.getTime()) || day < 1 || day > lastOfMonth || time.getUTCFullYear() < 1)
    throw new InvalidInput([{ path, message: timeRule }]);
  return time;
}
