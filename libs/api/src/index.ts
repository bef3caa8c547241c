// The conventions of our HTTP API that a route declares: how it can fail, which app it is about, how it pages.
export { AppidParam, AppidPipe, appidPattern, exampleAppid, exampleMiniProgram } from './appid.js';
export { type CheckLine, type CheckName, checkNames } from './check-line.js';
export { ApiHistory, type History, HistoryQuery, type Latest, type Span, historyOf, rowsIn, spanOf } from './history.js';
export {
  Appid,
  Appids,
  ChangeOf,
  Flag,
  Json,
  Label,
  OneOf,
  Opaque,
  Openid,
  Origin,
  PageAddress,
  Part,
  Parts,
  Passes,
  Printable,
  type Said,
  SomeOf,
  Text,
  Texts,
  Time,
  Unionid,
  Whole,
  field,
  saidOf,
} from './fields.js';
export { failurePage } from './failure-pages.js';
export { FailsWith, failsBy, problemCodesPrefix } from './fails-with.js';
export { OpaquePipe, OpenidParam, exampleOpenid, opaquePattern } from './openid.js';
export { Operation } from './operation.js';
export { PathParam } from './path-param.js';
export { ApiPage, type Page, PageQuery, keyOfCursor, pageOf } from './paging.js';
export { timeOf } from './time.js';
export { ServesFile, escapeHtml, htmlContent, ownPagePolicy, page, pageFile, pageLanguage } from './pages.js';
export { InCallersLanguage, languageHeaders, languageOf } from './languages.js';
export { FailsWithPage, RawBody, factsOf, failsWithPageExtension, withFacts } from './route-facts.js';
export { IgnoresUnknownFields, ignoresUnknownFields } from './unknown-fields.js';
