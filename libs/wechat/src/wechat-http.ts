import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HttpService } from '@nestjs/axios';
import { Injectable } from '@nestjs/common';
import { Clock, Metrics } from '#runtime';
import { Settings } from '#settings';
import { type AxiosProxyConfig, type AxiosRequestConfig, type AxiosResponse, isAxiosError } from 'axios';
import { Counter, Histogram } from 'prom-client';
import type { CallFacts } from './call-facts.js';
import { scanJson } from './exact-json.js';
import { type WechatPicture, pictureTypeOf } from './picture.js';
import { WechatAnswer, storable } from './wechat-answer.js';
import type { Callers } from './wechat-app.js';
import type { WechatParameters, WechatCall } from './wechat-call.js';
import { WechatGarbled, WechatRefused, WechatSilent, WechatUnreachable, refusalError } from './wechat-errors.js';

/** A call as it is sent. */
interface WechatRequest {
  readonly verb: CallFacts['verb'];
  readonly path: string;
  /** For whom, to count by. */
  readonly appid: string;
  readonly proxy: string | undefined;
  readonly query: WechatParameters | undefined;
  readonly body: WechatParameters | undefined;
  /** It sends the AppSecret itself. */
  readonly tradesSecret: boolean;
  readonly answers: CallFacts['answers'];
}

/** Somebody who counts the calls. */
export type CallWatch = (call: { appid: string; path: string; result: string }) => void;

const patienceMilliseconds = 8_000;
const answerBytesMax = 10 * 1024 * 1024;
/** JSON is read in one go, and everybody waits: ten thousand followers, WeChat's longest list, are a third of this. */
const jsonBytesMax = 1024 * 1024;
const jsonMembersMax = 100_000;
const jsonDepthMax = 64;

/**
 * The one way to WeChat. WeChat takes secrets and tokens in the query, so neither a query nor the library's own error
 * (which holds the whole request) ever leaves this class.
 */
@Injectable()
export class WechatHttp {
  private readonly agents = { httpAgent: new HttpAgent({ keepAlive: true }), httpsAgent: new HttpsAgent({ keepAlive: true }) };
  private readonly calls: Counter<'appid' | 'api' | 'result'>;
  private readonly durations: Histogram<'api'>;
  private readonly watches: CallWatch[] = [];

  constructor(
    private readonly http: HttpService,
    private readonly settings: Settings,
    private readonly clock: Clock,
    metrics: Metrics,
  ) {
    this.calls = new Counter({
      name: 'wx_upstream_requests_total',
      help: 'Calls to WeChat by app, API and result: ok, an errcode, or how the call failed',
      labelNames: ['appid', 'api', 'result'],
      registers: [metrics.registry],
    });
    this.durations = new Histogram({
      name: 'wx_upstream_request_duration_seconds',
      help: 'How long WeChat took to answer',
      labelNames: ['api'],
      buckets: [0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [metrics.registry],
    });
  }

  watch(watch: CallWatch): void {
    this.watches.push(watch);
  }

  /** One call of those in `calls`, with what shows WeChat who calls. */
  async call<As extends keyof Callers, Input extends unknown[], Answer>(
    call: WechatCall<As, Input, Answer>,
    caller: Callers[As],
    ...input: Input
  ): Promise<Answer> {
    const request = requestOf(call, caller, call.takes?.(...input) ?? {});
    try {
      if (call.picture) return call.picture(await this.ask(request, readPicture));
      const answer = await this.ask(request, readAnswer);
      return call.gives?.(answer, caller, ...input) as Answer;
    } catch (error) {
      if (call.refused && error instanceof WechatRefused) return call.refused(error);
      throw error;
    }
  }

  private async ask<T>(request: WechatRequest, read: Reader<T>): Promise<T> {
    const done = this.durations.startTimer({ api: request.path });
    try {
      const answer = read(request, await this.send(request), this.clock.now());
      this.count(request, 'ok');
      return answer;
    } catch (error) {
      this.count(request, resultOf(error));
      throw error;
    } finally {
      done();
    }
  }

  private async send({ path, verb, query, body, proxy }: WechatRequest): Promise<AxiosResponse<Buffer>> {
    const request: AxiosRequestConfig = {
      ...this.agents,
      url: this.settings.wechatApiUrl + path,
      method: verb,
      params: query,
      data: body && Buffer.from(JSON.stringify(body)),
      headers: body && { 'content-type': 'application/json' },
      // Its own words on what is text differ from WeChat's content types, so the bytes are read here.
      responseType: 'arraybuffer',
      validateStatus: () => true,
      maxRedirects: 0,
      maxContentLength: answerBytesMax,
      timeout: patienceMilliseconds,
      signal: AbortSignal.timeout(patienceMilliseconds),
      proxy: proxy === undefined ? false : proxyOf(proxy),
    };
    try {
      return await this.http.axiosRef.request<Buffer>(request);
    } catch (error) {
      throw withoutRequest(error, path);
    }
  }

  private count({ appid, path }: WechatRequest, result: string): void {
    this.calls.inc({ appid, api: path, result });
    for (const watch of this.watches) watch({ appid, path, result });
  }
}

/** What shows WeChat who calls: in the query, or among the parameters. */
interface Proof {
  readonly query?: WechatParameters;
  readonly parameters?: WechatParameters;
}

const proofs: { readonly [As in keyof Callers]: (caller: Callers[As], call: CallFacts) => Proof } = {
  app: ({ accessToken }) => ({ query: { access_token: accessToken } }),
  person: ({ accessToken, openid }) => ({ query: { access_token: accessToken, openid } }),
  platform: ({ appid, accessToken }) => ({
    query: { component_access_token: accessToken },
    parameters: { component_appid: appid },
  }),
  secret: ({ appid, secret }, { names: [ofAppid, ofSecret] = ['appid', 'secret'] }) => ({
    parameters: { [ofAppid]: appid, [ofSecret]: secret },
  }),
  proving: (app, { needsNoSecret }) => {
    const { appid } = app;
    if ('secret' in app) return { parameters: { appid, ...(!needsNoSecret && { secret: app.secret }) } };
    const { appid: component_appid, accessToken: component_access_token } = app.platform;
    return { parameters: { appid, component_appid, component_access_token } };
  },
};

function requestOf<As extends keyof Callers>(
  call: CallFacts & { readonly as: As },
  caller: Callers[As],
  taken: WechatParameters,
): WechatRequest {
  const { query, parameters } = proofs[call.as](caller, call);
  const { verb, path, platformPath = path, answers } = call;
  const sent = { ...parameters, ...taken };
  // What a platform asks about an authorizer counts for that one.
  const authorizer = call.as === 'platform' ? taken['authorizer_appid'] : undefined;
  return {
    verb,
    path: 'platform' in caller ? platformPath : path,
    appid: typeof authorizer === 'string' ? authorizer : caller.appid,
    proxy: caller.proxy,
    ...(verb === 'POST' ? { query, body: sent } : { query: { ...query, ...sent }, body: undefined }),
    tradesSecret: call.as === 'secret' || (call.as === 'proving' && 'secret' in caller && !call.needsNoSecret),
    answers,
  };
}

type Reader<T> = (request: WechatRequest, answer: AxiosResponse<Buffer>, now: Date) => T;

/** WeChat answers 200 for nearly everything; the body decides. Its content type is not to be trusted. */
function readAnswer({ path, tradesSecret, answers = [] }: WechatRequest, answer: AxiosResponse<Buffer>, now: Date): WechatAnswer {
  const body = parsed(path, bytesOf(path, answer));
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new WechatGarbled(path, 'a body that is no object');
  const { errcode, errmsg } = body as { errcode?: unknown; errmsg?: unknown };
  if (typeof errcode === 'number' && errcode !== 0 && !answers.includes(errcode))
    throw refusalError(path, { errcode, errmsg: typeof errmsg === 'string' ? printable(errmsg) : '' }, { tradesSecret, now });
  return new WechatAnswer(path, body as Record<string, unknown>);
}

function parsed(path: string, bytes: Buffer): unknown {
  if (bytes.length > jsonBytesMax) throw new WechatGarbled(path, 'a body that is too long');
  const { text, depth, members } = scanJson(bytes.toString('utf8'));
  if (depth > jsonDepthMax || members > jsonMembersMax) throw new WechatGarbled(path, 'a body that nobody should read');
  try {
    return JSON.parse(text);
  } catch {
    throw new WechatGarbled(path, 'a body that is no JSON');
  }
}

function readPicture(request: WechatRequest, answer: AxiosResponse<Buffer>, now: Date): WechatPicture {
  const bytes = bytesOf(request.path, answer);
  const type = pictureTypeOf(bytes);
  if (type) return { type, bytes, used: countIn(answer.headers) };
  readAnswer(request, answer, now);
  throw new WechatGarbled(request.path, 'neither a picture nor an error');
}

function bytesOf(path: string, { status, data }: AxiosResponse<Buffer>): Buffer {
  if (status >= 500) throw new WechatUnreachable(path, `its front end said ${status}`);
  if (status !== 200) throw new WechatGarbled(path, `status ${status}`);
  return Buffer.from(data);
}

/** How many codes of a limited kind are made, where WeChat says so; headers come in lower case. */
function countIn(headers: AxiosResponse['headers']): number | null {
  const count = Number(headers['num-used'] ?? Number.NaN);
  return Number.isSafeInteger(count) ? count : null;
}

/** What WeChat says ends up in logs, answers and rows. */
const printable = (text: string): string => storable(text.replace(/\p{Cc}/gu, '').slice(0, 500));

function withoutRequest(error: unknown, path: string): Error {
  const code = isAxiosError(error) ? error.code : undefined;
  if (code === 'ECONNABORTED' || code === 'ETIMEDOUT' || code === 'ERR_CANCELED') return new WechatSilent(path);
  if (code === 'ERR_BAD_RESPONSE') return new WechatGarbled(path, 'an answer that broke off or was too long');
  // Nobody was there to hear it. A connection that breaks off may have carried the call.
  const isUnheard = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(code ?? '');
  return new WechatUnreachable(path, code ?? 'the connection failed', { mayBeDone: !isUnheard });
}

function resultOf(error: unknown): string {
  if (error instanceof WechatRefused) return String(error.refusal.errcode);
  if (error instanceof WechatSilent) return 'silent';
  return error instanceof WechatGarbled ? 'garbled' : 'unreachable';
}

function proxyOf(address: string): AxiosProxyConfig {
  const url = new URL(address);
  return {
    protocol: url.protocol,
    host: url.hostname,
    port: Number(url.port || 80),
    ...(url.username && { auth: { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) } }),
  };
}
