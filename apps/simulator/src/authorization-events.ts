import { type App } from './apps.js';
import { type PlatformAuthorization } from './platform-authorizations.js';
import { type Platform } from './platforms.js';
import { type Push } from './push-engine.js';
import { type World } from './world.js';

export interface Given {
  readonly authorization: PlatformAuthorization;
  readonly code: string;
  readonly expiresIn: number;
  /** None if a repeated authorisation changed nothing. */
  readonly push: Push | undefined;
}

/** With or without a page: WeChat's own console changes permissions too. */
export function give(
  world: World,
  platform: Platform,
  wanted: { app: App; sets: readonly number[]; preAuthCode?: string | undefined; withhold?: boolean | undefined },
): Given {
  const { authorization, code, change } = world.authorizations.give(platform, wanted.app, wanted);
  const now = world.clock.seconds();
  const push =
    change === 'none'
      ? undefined
      : tell(world, authorization, {
          infoType: change,
          withhold: wanted.withhold,
          more: {
            AuthorizationCode: code.value,
            AuthorizationCodeExpiredTime: code.expiresAt,
            PreAuthCode: authorization.preAuthCode,
          },
        });
  return { authorization, code: code.value, expiresIn: code.expiresAt - now, push };
}

export function revoke(world: World, authorization: PlatformAuthorization, withhold?: boolean): Push {
  world.authorizations.revoke(authorization);
  return tell(world, authorization, { infoType: 'unauthorized', withhold });
}

function tell(
  world: World,
  { platform, app }: PlatformAuthorization,
  event: { infoType: string; withhold?: boolean | undefined; more?: Readonly<Record<string, string | number>> },
): Push {
  const message = {
    AppId: platform.appid,
    CreateTime: world.clock.seconds(),
    InfoType: event.infoType,
    AuthorizerAppid: app.appid,
    ...event.more,
  };
  return world.pushes.pushToPlatform(platform, { openid: '', label: event.infoType, message, withhold: event.withhold });
}
