// The conventions of our HTTP API that a route declares: how it can fail, which app it is about, how it pages.
export { ApiAppid, AppidPipe, IsAppid, appidPattern, exampleAppid, exampleMiniProgram } from './appid.js';
export { type Envelope, envelopFailures, envelopeOf } from './enveloped.js';
export { IsLabel } from './label.js';
export { FailsWith, failsBy, problemCodesPrefix } from './fails-with.js';
export { ApiOpenid, IsOpaque, OpaquePipe, exampleOpenid, opaquePattern, openidPipe } from './openid.js';
export { ApiPage, type Page, PageQuery, keyOfCursor, pageOf } from './paging.js';
export { IsTime, timeOf } from './time.js';
export { escapeHtml, ownPagePolicy, pageFile } from './pages.js';
export { hasRawBody, takesRawBody } from './raw-body.js';
