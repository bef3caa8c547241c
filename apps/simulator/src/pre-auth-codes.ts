import { PageError } from './page-error.js';
import { type Chance } from './chance.js';
import { type VirtualClock } from './clock.js';
import { type Platform } from './platforms.js';
import { Shelf } from './shelf.js';
import { type Switches } from './switches.js';

/** What opens an authorisation page. https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/ThirdParty/token/pre_auth_code.html */
export class PreAuthCodes {
  private readonly codes = new Shelf<{ readonly appid: string; readonly expiresAt: number; used: boolean }>(20_000);

  constructor(private readonly world: { readonly clock: VirtualClock; readonly chance: Chance; readonly switches: Switches }) {}

  issue(platform: Platform): { value: string; life: number } {
    const value = `preauthcode@@@${this.world.chance.urlSafe(50)}`;
    const life = this.world.switches.pre_auth_code_life_seconds;
    this.codes.put(value, { appid: platform.appid, expiresAt: this.world.clock.seconds() + life, used: false });
    return { value, life };
  }

  check(platform: Platform, value: string): void {
    const code = this.codes.get(value);
    if (!code || code.appid !== platform.appid) throw new PageError(null, 'pre_auth_code 无效');
    if (this.world.clock.seconds() >= code.expiresAt) throw new PageError(null, 'pre_auth_code 已过期');
    if (code.used && this.world.switches.pre_auth_code_works_once) throw new PageError(null, 'pre_auth_code 已被使用');
  }

  use(platform: Platform, value: string): void {
    this.check(platform, value);
    const code = this.codes.get(value);
    if (code) code.used = true;
  }
}
