// Every change of the schema, in the order in which it is made. What has shipped is never edited.
import { AddAllowedAddresses1767225600112 } from './1767225600112-add-allowed-addresses.js';
import { AddApiKeyOrigins1767225600014 } from './1767225600014-add-api-key-origins.js';
import { AddFormerSecret1767225600110 } from './1767225600110-add-former-secret.js';
import { AddAppEgress1767225600006 } from './1767225600006-add-app-egress.js';
import { AddAppRevision1767225600020 } from './1767225600020-add-app-revision.js';
import { AddBuriedCredential1767225600021 } from './1767225600021-add-buried-credential.js';
import { AddFormerCallback1767225600011 } from './1767225600011-add-former-callback.js';
import { AddQrLoginAttempt1767225600081 } from './1767225600081-add-qr-login-attempt.js';
import { CreateApiKey1767225600003 } from './1767225600003-create-api-key.js';
import { CreateApp1767225600004 } from './1767225600004-create-app.js';
import { CreateAuditEntry1767225600002 } from './1767225600002-create-audit-entry.js';
import { CreateBrowserAttempt1767225600080 } from './1767225600080-create-browser-attempt.js';
import { CreateCallUse1767225600024 } from './1767225600024-create-call-use.js';
import { CreateChange1767225600000 } from './1767225600000-create-change.js';
import { CreateCredential1767225600007 } from './1767225600007-create-credential.js';
import { CreateDataKey1767225600001 } from './1767225600001-create-data-key.js';
import { CreateEpoch1767225600150 } from './1767225600150-create-epoch.js';
import { CreateEvent1767225600012 } from './1767225600012-create-event.js';
import { CreateIdempotentRequest1767225600005 } from './1767225600005-create-idempotent-request.js';
import { CreateLateReply1767225600100 } from './1767225600100-create-late-reply.js';
import { CreateLoginRate1767225600120 } from './1767225600120-create-login-rate.js';
import { CreateMiniSession1767225600023 } from './1767225600023-create-mini-session.js';
import { CreateOlderCall1767225600010 } from './1767225600010-create-older-call.js';
import { CreatePlatform1767225600050 } from './1767225600050-create-platform.js';
import { CreateQrCode1767225600015 } from './1767225600015-create-qr-code.js';
import { CreateQrLogin1767225600016 } from './1767225600016-create-qr-login.js';
import { CreateReplyRules1767225600013 } from './1767225600013-create-reply-rules.js';
import { CreateSentMessage1767225600022 } from './1767225600022-create-sent-message.js';
import { CreateWebAuthorization1767225600009 } from './1767225600009-create-web-authorization.js';
import { CreateWebhook1767225600040 } from './1767225600040-create-webhook.js';
import { CreateWechatUser1767225600008 } from './1767225600008-create-wechat-user.js';
import { KeepEventsForTheirHolder1767225600101 } from './1767225600101-keep-events-for-their-holder.js';
import { OwnWebhooks1767225600111 } from './1767225600111-own-webhooks.js';
import { ProveCredentialsByEpoch1767225600151 } from './1767225600151-prove-credentials-by-epoch.js';
import { OwnAuthorizationLinks1767225600140 } from './1767225600140-own-authorization-links.js';
import { SealWebhookAddresses1767225600141 } from './1767225600141-seal-webhook-addresses.js';
import { CountRefusedPushes1767225600142 } from './1767225600142-count-refused-pushes.js';
import { DescribeSchema1767225600180 } from './1767225600180-describe-schema.js';
import { DropFirstKeepEvents1767225600200 } from './1767225600200-drop-first-keep-events.js';
import { RationDeaths1767225600090 } from './1767225600090-ration-deaths.js';
import { RenewAtAnotherMode1767225600060 } from './1767225600060-renew-at-another-mode.js';
import { NumberAuditEntriesByCommit1767225600070 } from './1767225600070-number-audit-entries-by-commit.js';
import { KeepWebhookAddressesSealed1767225600210 } from './1767225600210-keep-webhook-addresses-sealed.js';

export const migrations = [
  CreateChange1767225600000,
  CreateDataKey1767225600001,
  CreateAuditEntry1767225600002,
  CreateApiKey1767225600003,
  CreateApp1767225600004,
  CreateIdempotentRequest1767225600005,
  AddAppEgress1767225600006,
  CreateCredential1767225600007,
  CreateWechatUser1767225600008,
  CreateWebAuthorization1767225600009,
  CreateOlderCall1767225600010,
  AddFormerCallback1767225600011,
  CreateEvent1767225600012,
  CreateReplyRules1767225600013,
  AddApiKeyOrigins1767225600014,
  CreateQrCode1767225600015,
  CreateQrLogin1767225600016,
  AddAppRevision1767225600020,
  AddBuriedCredential1767225600021,
  CreateSentMessage1767225600022,
  CreateMiniSession1767225600023,
  CreateCallUse1767225600024,
  CreateWebhook1767225600040,
  CreatePlatform1767225600050,
  RenewAtAnotherMode1767225600060,
  CreateLateReply1767225600100,
  KeepEventsForTheirHolder1767225600101,
  CreateLoginRate1767225600120,
  AddFormerSecret1767225600110,
  OwnWebhooks1767225600111,
  AddAllowedAddresses1767225600112,
  CreateBrowserAttempt1767225600080,
  AddQrLoginAttempt1767225600081,
  NumberAuditEntriesByCommit1767225600070,
  RationDeaths1767225600090,
  CreateEpoch1767225600150,
  ProveCredentialsByEpoch1767225600151,
  OwnAuthorizationLinks1767225600140,
  SealWebhookAddresses1767225600141,
  CountRefusedPushes1767225600142,
  DescribeSchema1767225600180,
  DropFirstKeepEvents1767225600200,
  KeepWebhookAddressesSealed1767225600210,
] as const;
