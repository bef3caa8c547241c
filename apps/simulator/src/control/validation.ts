import { Ajv, type ValidateFunction } from 'ajv';

const ajv = new Ajv({ strict: false });
const compiled = new Map<string, ValidateFunction>();

interface Shape {
  readonly schema: unknown;
  readonly method: string;
  readonly url: string;
  readonly httpPart?: string | undefined;
}

/**
 * Compiles a schema when its call is first made, once for all simulators of a process: compiling them all at each start
 * would cost more than the rest of the start, and tests start many.
 */
export function lazyValidator({
  schema,
  method,
  url,
  httpPart,
}: Shape): (data: unknown) => { value: unknown } | { error: Error } {
  const key = `${method} ${url} ${httpPart}`;
  return (data) => {
    const validate = compiled.get(key) ?? ajv.compile(schema as object);
    compiled.set(key, validate);
    if (validate(data ?? null)) return { value: data };
    return { error: new Error(ajv.errorsText(validate.errors, { dataVar: httpPart ?? 'body' })) };
  };
}
