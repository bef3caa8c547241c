import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { Driver } from './driver.js';
import { PlatformHouse } from './platform-house.js';
import { Receiver } from './receiver.js';

/** For each test of the file that imports them: a fresh world, and the company behind its platform. */
export let wechat: Driver;
export let receiver: Receiver;
export let house: PlatformHouse;

beforeAll(async () => {
  wechat = await Driver.start();
});
afterAll(() => wechat.close());
beforeEach(async () => {
  await wechat.reset();
  receiver = await Receiver.start();
  house = new PlatformHouse(wechat, receiver);
});
afterEach(() => receiver.close());
