import { AnswerSchemas } from './answer-schemas.js';
import { type ApiDocument, type Operation, shapeOf } from './document.js';
import { matchedRouteHeader } from './route-watch.js';
import type { WireAnswer, WireRequest } from './wire.js';

/** What is known of a request besides its bytes. */
export interface Circumstances {
  readonly intended: Operation;
  readonly credentialIs: 'right' | 'wrong' | 'unknown';
}

interface Verdict {
  readonly operation: Operation | undefined;
  readonly faults: string[];
}

/** What cannot be read is refused before anybody looks for a route. */
const unreadable = [400, 413, 415, 431];
/** In this set-up the database is up and the gateway open. */
const neverHere = new Set(['storage_unavailable', 'not_serving_yet', 'internal_error']);

/** Holds an answer to what the description promises for the route that gave it. */
export class Judge {
  private readonly schemas: AnswerSchemas;
  private readonly operations: Map<string, Operation>;

  constructor(document: ApiDocument) {
    this.schemas = new AnswerSchemas(document);
    this.operations = new Map(document.operations.map((one) => [`${one.method} ${shapeOf(one.path)}`, one]));
  }

  verdict(request: WireRequest, answer: WireAnswer, circumstances: Circumstances): Verdict {
    const route = answer.headers[matchedRouteHeader];
    // With nothing where a parameter belongs, Fastify says that it matched, and then that there is nothing.
    const isEmptyHanded = answer.status === 404 && /\/(\/|\?|$)/.test(request.target);
    const path = typeof route === 'string' && !isEmptyHanded ? route : undefined;
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const operation = path === undefined ? undefined : this.operations.get(`${method} ${shapeOf(path)}`);
    const ofRoute = operation
      ? [...this.faultsOfOperation(operation, request, answer), ...faultsOfAccess(operation, answer, circumstances)]
      : faultsWithoutRoute(path, request, answer);
    return { operation, faults: [...faultsOfEvery(path ?? request.target, request, answer), ...ofRoute] };
  }

  private faultsOfOperation({ responses }: Operation, { method }: WireRequest, answer: WireAnswer): string[] {
    const declared = responses[String(answer.status)];
    if (!declared) return [`${answer.status} is not declared`];
    if (method === 'HEAD') return [];
    if (!declared.content) return answer.text === '' ? [] : ['has a body where none is declared'];
    const mediaType = mediaTypeOf(answer);
    const content = declared.content[mediaType];
    if (!content) return [`${mediaType || 'no content type'} is not declared for ${answer.status}`];
    return this.schemas.faultsOf(content, isJson(mediaType) ? json(answer.text) : answer.text);
  }
}

function faultsOfEvery(path: string, { method, headers }: WireRequest, answer: WireAnswer): string[] {
  const faults: string[] = [];
  if (answer.status >= 500 && ![502, 503, 504].includes(answer.status)) faults.push(`is a ${answer.status}`);
  if (answer.headers['x-request-id'] === undefined) faults.push('has no x-request-id');
  if (/^\/(v1|admin)(\/|\?|$)/.test(path) && answer.headers['cache-control'] !== 'no-store') faults.push('may be stored');
  // A browser that asks for a page is shown one, where the route says so.
  const isPage = mediaTypeOf(answer) === 'text/html' && String(headers.accept).includes('text/html');
  if (answer.status >= 400 && method !== 'HEAD' && !isPage) faults.push(...faultsOfProblem(answer));
  return faults;
}

function faultsOfProblem(answer: WireAnswer): string[] {
  if (mediaTypeOf(answer) !== 'application/problem+json') return answer.status === 503 ? [] : ['is no problem document'];
  const problem = json(answer.text);
  if (typeof problem !== 'object' || problem === null) return ['has a body that is no JSON object'];
  const { status, code, request_id } = problem as { status?: unknown; code?: unknown; request_id?: unknown };
  const faults: string[] = [];
  if (status !== answer.status) faults.push(`says status ${String(status)} in its body`);
  if (request_id !== answer.headers['x-request-id']) faults.push('has another request id in its body');
  if (neverHere.has(String(code))) faults.push(`is ${String(code)}`);
  return faults;
}

function faultsOfAccess({ method, path, security = [] }: Operation, { status }: WireAnswer, known: Circumstances): string[] {
  // A poll token belongs to one login, and is never what the walk calls the right key.
  if (!security.some((one) => 'key' in one || 'admin' in one)) return [];
  if (known.credentialIs === 'wrong' && status < 400) return ['lets in a wrong key'];
  const isIntended = known.intended.method === method && known.intended.path === path;
  return known.credentialIs === 'right' && isIntended && status === 401 ? ['refuses a good key'] : [];
}

/** An address that is none is not found; one that cannot be read is malformed. The pages under /docs describe the rest. */
function faultsWithoutRoute(path: string | undefined, { method }: WireRequest, answer: WireAnswer): string[] {
  // What a browser asks before it calls from another site is no operation of its own.
  if (method === 'OPTIONS' && path !== undefined) return [];
  if (path !== undefined) return path.startsWith('/docs') ? [] : [`${path} is a route that the description lacks`];
  const { code } = (json(answer.text) ?? {}) as { code?: unknown };
  const isRefused = answer.status === 405 && (code === 'method_not_allowed' || answer.text === '');
  if (isRefused && answer.headers.allow !== undefined) return [];
  if (method === 'OPTIONS' && answer.status === 204 && answer.headers.allow !== undefined) return [];
  if (answer.status === 404 && (code === 'route_not_found' || answer.text === '')) return [];
  return unreadable.includes(answer.status) ? [] : [`${answer.status} ${String(code)} where there is no route`];
}

const mediaTypeOf = ({ headers }: WireAnswer): string => headers['content-type']?.split(';')[0] ?? '';
const isJson = (mediaType: string): boolean => /[/+]json$/.test(mediaType);

export function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
