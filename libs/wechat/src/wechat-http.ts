import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HttpService } from '@nestjs/axios';
import { Injectable } from '@nestjs/common';
import { Clock, Metrics } from '#runtime';
import { Settings } from '#settings';
import { type AxiosProxyConfig, type AxiosRequestConfig, type AxiosResponse, isAxiosError } from 'axios';
import { Counter, Histogram } from 'prom-client';
import { scanJson } from './exact-json.js';
import { type WechatPicture, pictureTypeOf } from './picture.js';
import { WechatAnswer, storable } from './wechat-answer.js';
import { WechatGarbled, WechatRefused, WechatSilent, WechatUnreachable, refusalError } from './wechat-errors.js';

export interface WechatCall {
  /** For whom, to count by. */
  readonly appid: string;
  /** The path at WeChat: also the name of the API in logs, metrics and errors. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Given: a POST of JSON. */
  readonly body?: object;
  /** The app's own way out, since WeChat admits only listed addresses: `http://user:password@host:port`. */
  readonly proxy?: string | undefined;
  /** The call sends the AppSecret itself: there, 40001 means a wrong secret and not a dead token. */
  readonly tradesSecret?: boolean;
  /** Errcodes that are answers of this call, with members to read, and no refusals. */
  readonly answers?: readonly number[];
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

  call(call: WechatCall): Promise<WechatAnswer> {
    return this.ask(call, (answer) => readAnswer(call, answer, this.clock.now()));
  }

  /** For calls that answer with a picture. An error comes as JSON, whatever it calls itself. */
  picture(call: WechatCall): Promise<WechatPicture> {
    return this.ask(call, (answer) => readPicture(call, answer, this.clock.now()));
  }

  private async ask<T>(call: WechatCall, read: (answer: AxiosResponse<Buffer>) => T): Promise<T> {
    const done = this.durations.startTimer({ api: call.path });
    try {
      const answer = read(await this.send(call));
      this.count(call, 'ok');
      return answer;
    } catch (error) {
      this.count(call, resultOf(error));
      throw error;
    } finally {
      done();
    }
  }

  private async send(call: WechatCall): Promise<AxiosResponse<Buffer>> {
    const request: AxiosRequestConfig = {
      ...this.agents,
      url: this.settings.wechatApiUrl + call.path,
      method: call.body ? 'POST' : 'GET',
      params: call.query,
      data: call.body && Buffer.from(JSON.stringify(call.body)),
      headers: call.body && { 'content-type': 'application/json' },
      // Its own words on what is text differ from WeChat's content types, so the bytes are read here.
      responseType: 'arraybuffer',
      validateStatus: () => true,
      maxRedirects: 0,
      maxContentLength: answerBytesMax,
      timeout: patienceMilliseconds,
      signal: AbortSignal.timeout(patienceMilliseconds),
      proxy: call.proxy === undefined ? false : proxyOf(call.proxy),
    };
    try {
      return await this.http.axiosRef.request<Buffer>(request);
    } catch (error) {
      throw withoutRequest(error, call.path);
    }
  }

  private count(call: WechatCall, result: string): void {
    this.calls.inc({ appid: call.appid, api: call.path, result });
    for (const watch of this.watches) watch({ appid: call.appid, path: call.path, result });
  }
}

/** WeChat answers 200 for nearly everything; the body decides. Its content type is not to be trusted. */
function readAnswer(
  { path, tradesSecret = false, answers = [] }: WechatCall,
  answer: AxiosResponse<Buffer>,
  now: Date,
): WechatAnswer {
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

function readPicture(call: WechatCall, answer: AxiosResponse<Buffer>, now: Date): WechatPicture {
  const bytes = bytesOf(call.path, answer);
  const type = pictureTypeOf(bytes);
  if (type) return { type, bytes, used: countIn(answer.headers) };
  readAnswer(call, answer, now);
  throw new WechatGarbled(call.path, 'neither a picture nor an error');
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
