/** What WeChat's JSON is made of. 64-bit message ids are bigints: they do not fit a number. */
export type Json = string | number | bigint | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/**
 * WeChat's own form: compact, keys in the documented order, non-ASCII as it is, and every slash escaped. The lengths of
 * captured responses only come out right with `\/`. An undefined member is left out, as optional fields are.
 */
export function wireJson(value: Json): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'string') return JSON.stringify(value).replaceAll('/', '\\/');
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isList(value)) return `[${value.map(wireJson).join(',')}]`;
  const members = Object.entries(value).flatMap(([key, member]) =>
    member === undefined ? [] : [`${wireJson(key)}:${wireJson(member)}`],
  );
  return `{${members.join(',')}}`;
}

const isList = (value: object): value is readonly Json[] => Array.isArray(value);
