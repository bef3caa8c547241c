import { MessageEnvelope, signatureIsGood, sortedSha1 } from '#wechat-crypto';
import { parseStringPromise } from 'xml2js';
import { type Body, type Driver, platform } from './driver.js';
import { type Received, type Receiver } from './receiver.js';

const token = 'SimulatorToken04';
const aesKey = 'SimulatorOnlyNotARealKey04SimulatorOnlyNotA';
const envelope = new MessageEnvelope({ encodingAesKey: aesKey, receiveId: platform.appid });

export const referer = 'http://127.0.0.1:36012/start';

/** The company behind the demo platform: it reads what is pushed to it and makes the calls of its chain. */
export class PlatformHouse {
  constructor(
    private readonly wechat: Driver,
    private readonly receiver: Receiver,
  ) {}

  /** Gives the component_access_token. */
  async open(): Promise<string> {
    await this.wechat.control('PATCH', `/_sim/platforms/${platform.appid}`, { event_url: this.receiver.url });
    await this.wechat.control('POST', `/_sim/platforms/${platform.appid}/push-ticket`);
    return String((await this.takeToken())['component_access_token']);
  }

  async takeToken(ticket?: string): Promise<Body> {
    return this.wechat.post('/cgi-bin/component/api_component_token', {
      component_appid: platform.appid,
      component_appsecret: platform.secret,
      component_verify_ticket: ticket ?? (await this.ticket()),
    });
  }

  async ticket(): Promise<string> {
    const events = await this.events();
    return String(events.filter((event) => event['InfoType'] === 'component_verify_ticket').at(-1)?.['ComponentVerifyTicket']);
  }

  async events(infoType?: string): Promise<Record<string, string>[]> {
    const all = await Promise.all(this.receiver.pushes.map((push) => this.read(push)));
    return infoType === undefined ? all : all.filter((event) => event['InfoType'] === infoType);
  }

  /** Checks the signature and the closing appid as any platform must. */
  async read({ url, body }: Received): Promise<Record<string, string>> {
    const outer = await parse(body);
    const of = (name: string) => url.searchParams.get(name) ?? '';
    const encrypt = outer['Encrypt'] ?? '';
    if (!signatureIsGood(of('msg_signature'), [token, of('timestamp'), of('nonce'), encrypt])) throw new Error('bad signature');
    return parse(envelope.open(encrypt).message);
  }

  /** A passive reply, sealed with the platform's own key and closed with its own appid. */
  seal(text: string): string {
    const [timestamp, nonce] = ['1700000000', '12345'];
    const encrypt = envelope.seal(text);
    const signature = sortedSha1([token, timestamp, nonce, encrypt]);
    return `<xml><Encrypt>${encrypt}</Encrypt><MsgSignature>${signature}</MsgSignature><TimeStamp>${timestamp}</TimeStamp><Nonce>${nonce}</Nonce></xml>`;
  }

  textReply(message: Record<string, string>, content: string): string {
    const head = `<ToUserName>${message['FromUserName']}</ToUserName><FromUserName>${message['ToUserName']}</FromUserName>`;
    return this.seal(`<xml>${head}<CreateTime>1</CreateTime><MsgType>text</MsgType><Content>${content}</Content></xml>`);
  }

  call(name: string, componentToken: string, more: object = {}): Promise<Body> {
    return this.wechat.post(`/cgi-bin/component/${name}?component_access_token=${componentToken}`, {
      component_appid: platform.appid,
      ...more,
    });
  }

  async link(
    componentToken: string,
    more = 'auth_type=3',
    page = '/cgi-bin/componentloginpage?',
    redirect = 'http://127.0.0.1:36012/back',
  ): Promise<string> {
    const code = String((await this.call('api_create_preauthcode', componentToken))['pre_auth_code']);
    const back = encodeURIComponent(redirect);
    return `${this.wechat.url}${page}component_appid=${platform.appid}&pre_auth_code=${code}&redirect_uri=${back}&${more}`;
  }

  agree(appid: string, url: string, more: object = {}): Promise<Body> {
    return this.wechat.control('POST', `/_sim/apps/${appid}/authorize-platform`, { url, referer, ...more });
  }

  /** From nothing to the tokens of one account. */
  async authorize(componentToken: string, appid: string, more: object = {}): Promise<Record<string, unknown>> {
    const agreed = await this.agree(appid, await this.link(componentToken), more);
    const answer = await this.call('api_query_auth', componentToken, { authorization_code: agreed['auth_code'] });
    return { ...(answer['authorization_info'] as object) };
  }

  refresh(componentToken: string, appid: string, refreshToken: unknown): Promise<Body> {
    const more = { authorizer_appid: appid, authorizer_refresh_token: refreshToken };
    return this.call('api_authorizer_token', componentToken, more);
  }
}

const parse = (xml: string) =>
  parseStringPromise(xml, { explicitArray: false, explicitRoot: false }) as Promise<Record<string, string>>;
