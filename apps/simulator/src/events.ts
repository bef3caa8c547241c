import { type Message } from './push-message.js';

const template = (more: Message) => ({ more, personal: true });
const system = (more: Message) => ({ more, personal: false });
const oneTemplate = { TemplateId: 'simulator-template-id-43-characters-long-00', SubscribeStatusString: 'accept' };

/**
 * The events of an account with sample values, in the documented order. Whoever triggers one gives the fields that
 * matter to them and gets the rest from here. `personal`: the event comes from a person's openid.
 * https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_event_pushes.html
 */
export const eventTemplates: Readonly<Record<string, { readonly more: Message; readonly personal: boolean }>> = {
  subscribe: template({ EventKey: '' }),
  unsubscribe: template({ EventKey: '' }),
  SCAN: template({ EventKey: '1', Ticket: 'TICKET' }),
  LOCATION: template({ Latitude: 23.137466, Longitude: 113.352425, Precision: 119.38504 }),
  CLICK: template({ EventKey: 'MENU_KEY' }),
  VIEW: template({ EventKey: 'https://example.com/', MenuId: 1 }),
  view_miniprogram: template({ EventKey: 'pages/index/index', MenuId: 1 }),
  scancode_push: template({ EventKey: 'MENU_KEY', ScanCodeInfo: { ScanType: 'qrcode', ScanResult: '1' } }),
  scancode_waitmsg: template({ EventKey: 'MENU_KEY', ScanCodeInfo: { ScanType: 'qrcode', ScanResult: '2' } }),
  pic_sysphoto: template({ EventKey: 'MENU_KEY', SendPicsInfo: pictures() }),
  pic_photo_or_album: template({ EventKey: 'MENU_KEY', SendPicsInfo: pictures() }),
  pic_weixin: template({ EventKey: 'MENU_KEY', SendPicsInfo: pictures() }),
  location_select: template({
    EventKey: 'MENU_KEY',
    SendLocationInfo: { Location_X: '23', Location_Y: '113', Scale: '15', Label: '广州市海珠区客村艺苑路 106号', Poiname: '' },
  }),
  TEMPLATESENDJOBFINISH: template({ MsgID: 200163836n, Status: 'success' }),
  MASSSENDJOBFINISH: system({
    MsgID: 1000001625n,
    Status: 'send success',
    TotalCount: 100,
    FilterCount: 80,
    SentCount: 75,
    ErrorCount: 5,
    CopyrightCheckResult: { Count: 0, ResultList: '', CheckState: 0 },
    ArticleUrlResult: { Count: 1, ResultList: { item: [{ ArticleIdx: 1, ArticleUrl: 'https://example.com/article' }] } },
  }),
  PUBLISHJOBFINISH: system({
    PublishEventInfo: {
      publish_id: 2247503051n,
      publish_status: 0,
      article_id: 'simulator-article',
      article_detail: { count: 1, item: [{ idx: 1, article_url: 'https://example.com/article' }] },
    },
  }),
  subscribe_msg_popup_event: template({ SubscribeMsgPopupEvent: { List: [{ ...oneTemplate, PopupScene: '2' }] } }),
  subscribe_msg_change_event: template({
    SubscribeMsgChangeEvent: { List: [{ ...oneTemplate, SubscribeStatusString: 'reject' }] },
  }),
  subscribe_msg_sent_event: template({
    SubscribeMsgSentEvent: {
      List: [{ TemplateId: oneTemplate.TemplateId, MsgID: '1700827132819554304', ErrorCode: '0', ErrorStatus: 'success' }],
    },
  }),
  user_authorize_revoke: template({ OpenID: '', AppID: '', RevokeInfo: '1' }),
  user_authorization_revoke: template({ OpenID: '', AppID: '', RevokeInfo: '1' }),
  user_info_modified: template({ OpenID: '', AppID: '', RevokeInfo: '6' }),
  user_authorization_cancellation: template({ OpenID: '', AppID: '' }),
  qualification_verify_success: system({ ExpiredTime: 1442401156 }),
  qualification_verify_fail: system({ FailTime: 1442401122, FailReason: 'by time' }),
  naming_verify_success: system({ ExpiredTime: 1442401093 }),
  naming_verify_fail: system({ FailTime: 1442401061, FailReason: 'by time' }),
  annual_renew: system({ ExpiredTime: 1442401004 }),
  verify_expired: system({ ExpiredTime: 1442400900 }),
  kf_create_session: template({ KfAccount: 'test1@simulator' }),
  kf_close_session: template({ KfAccount: 'test1@simulator' }),
  kf_switch_session: template({ FromKfAccount: 'test1@simulator', ToKfAccount: 'test2@simulator' }),
  user_enter_tempsession: template({ SessionFrom: 'simulator' }),
  wxa_media_check: system({
    appid: '',
    trace_id: 'simulator-trace',
    version: 2,
    detail: [{ strategy: 'content_model', errcode: 0, suggest: 'pass', label: 100, prob: 90 }],
    errcode: 0,
    errmsg: 'ok',
    result: { suggest: 'pass', label: 100 },
  }),
  weapp_audit_success: system({ SuccTime: 1488856741 }),
  weapp_audit_fail: system({ Reason: '1', FailTime: 1488856591, ScreenShot: '' }),
  weapp_audit_delay: system({ Reason: '1', DelayTime: 1488856591 }),
  wxa_punish_event: system({}),
  debug_demo: template({ debug_str: 'hello world' }),
};

function pictures(): Message {
  return { Count: 1, PicList: { item: [{ PicMd5Sum: '1b5f7c23b5bf75682a53e7b6d163e185' }] } };
}

/** https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_standard_messages.html */
export const messageTemplates: Readonly<Record<string, Message>> = {
  text: { Content: '你好' },
  image: { PicUrl: 'http://mmbiz.qpic.cn/simulator/0', MediaId: 'simulator-image' },
  voice: { MediaId: 'simulator-voice', Format: 'amr' },
  video: { MediaId: 'simulator-video', ThumbMediaId: 'simulator-thumb' },
  shortvideo: { MediaId: 'simulator-video', ThumbMediaId: 'simulator-thumb' },
  location: { Location_X: 23.134521, Location_Y: 113.358803, Scale: 20, Label: '广州市' },
  link: { Title: '链接', Description: '说明', Url: 'https://example.com/' },
  miniprogrampage: { Title: '小程序', AppId: '', PagePath: 'pages/index/index', ThumbUrl: '', ThumbMediaId: '' },
  file: { Title: '文件', Description: '', FileKey: 'simulator-file', FileMd5: '', FileTotalLen: 1024 },
};
