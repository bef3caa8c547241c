import { describe, expect, it } from '@jest/globals';
import { AccessTokens } from '#token';
import { declaredCalls, getMenu, listCallbackAddresses, putMenu } from '#wechat';
import { endpoints } from '../apps/simulator/src/endpoints.js';
import { TalkingHouse } from './support/talking-house.js';
import { demoApp } from './support/wechat.js';

const named = ({ verb, path }: { verb: string; path: string }): string => `${verb} ${path}`;

describe('The calls to WeChat', () => {
  it('are known to the simulator, each by its verb', () => {
    const known = endpoints.map(named);
    const declared = declaredCalls().map(named);

    expect(declared).toContain('GET /sns/component/jscode2session');
    expect(declared.filter((one) => !known.includes(one))).toEqual([]);
  });

  it('are made as they are declared', async () => {
    const house = await TalkingHouse.build({ scopes: ['menu'] });
    const tokens = house.gateway.gateway.app.get(AccessTokens);
    const button = { type: 'click', name: '今日歌曲', key: 'TODAY' };

    await tokens.call(putMenu, demoApp, [button]);

    expect(await tokens.call(getMenu, demoApp)).toEqual([button]);
    expect(await tokens.call(listCallbackAddresses, demoApp)).not.toEqual([]);
  });
});
