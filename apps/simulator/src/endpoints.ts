import { createWxaQrcode, getWxacode, getWxacodeUnlimit } from './api/code-images.js';
import { authorizerToken, queryAuth } from './api/component-authorizers.js';
import { authorizerInfo, authorizerList } from './api/component-information.js';
import { authorizerOptions } from './api/component-options.js';
import { componentToken, createPreauthcode, startPushTicket } from './api/component-tokens.js';
import { customSend, customTyping } from './api/custom-send.js';
import { getTicket } from './api/getticket.js';
import { genWxaShortLink, generateScheme, generateUrlLink } from './api/links.js';
import { menuCreate, menuDelete, menuGet } from './api/menu.js';
import { checkSession, getUserPhoneNumber, jscode2session, resetUserSessionKey } from './api/mini-login.js';
import { apiDomainIp, callbackCheck, callbackIp } from './api/network.js';
import { qrcodeCreate } from './api/qrcode-create.js';
import {
  clearComponentQuota,
  clearComponentQuotaBySecret,
  clearOneQuota,
  clearQuota,
  clearQuotaBySecret,
  getQuota,
} from './api/quota.js';
import { ridGet } from './api/rid-get.js';
import { componentJscode2session, snsComponentAccessToken, snsComponentRefreshToken } from './api/sns-component.js';
import { snsAccessToken } from './api/sns-access-token.js';
import { snsRefreshToken } from './api/sns-refresh-token.js';
import { snsAuth, snsUserinfo } from './api/sns-userinfo.js';
import { stableToken } from './api/stable-token.js';
import { subscribeBizsend, subscribeSend } from './api/subscribe-send.js';
import { templateSend } from './api/template-send.js';
import { addTemplate, deleteTemplate, privateTemplates, subscribeTemplates } from './api/templates.js';
import { token } from './api/token.js';
import { userGet } from './api/user-get.js';
import { userInfo, userInfoBatch } from './api/user-info.js';
import { userRemark } from './api/user-remark.js';
import { type Endpoint } from './endpoint.js';
import { authorize, authorizeReply } from './pages/authorize.js';
import { confirmLogin, confirmReply, qrconnect, qrconnectImage, qrconnectScript, qrconnectState } from './pages/qrconnect.js';
import { bindComponent, componentLoginPage, componentReply, olderBindComponent } from './pages/component-login.js';
import { showqrcode } from './pages/showqrcode.js';

/** Everything the simulator answers in WeChat's name. All three of WeChat's hosts share this one origin. */
export const endpoints: readonly Endpoint[] = [
  token,
  stableToken,
  getTicket,
  snsAccessToken,
  snsRefreshToken,
  snsUserinfo,
  snsAuth,
  qrcodeCreate,
  showqrcode,
  userInfo,
  userInfoBatch,
  userGet,
  userRemark,
  templateSend,
  privateTemplates,
  addTemplate,
  deleteTemplate,
  subscribeTemplates,
  subscribeSend,
  subscribeBizsend,
  customSend,
  customTyping,
  menuCreate,
  menuGet,
  menuDelete,
  jscode2session,
  getUserPhoneNumber,
  checkSession,
  resetUserSessionKey,
  getWxacode,
  getWxacodeUnlimit,
  createWxaQrcode,
  generateUrlLink,
  generateScheme,
  genWxaShortLink,
  callbackIp,
  apiDomainIp,
  callbackCheck,
  clearQuota,
  clearQuotaBySecret,
  clearComponentQuota,
  clearComponentQuotaBySecret,
  clearOneQuota,
  getQuota,
  ridGet,
  startPushTicket,
  componentToken,
  createPreauthcode,
  queryAuth,
  authorizerToken,
  authorizerInfo,
  authorizerList,
  ...authorizerOptions,
  snsComponentAccessToken,
  snsComponentRefreshToken,
  componentJscode2session,
  componentLoginPage,
  bindComponent,
  olderBindComponent,
  componentReply,
  authorize,
  authorizeReply,
  qrconnect,
  qrconnectScript,
  qrconnectState,
  qrconnectImage,
  confirmLogin,
  confirmReply,
];
