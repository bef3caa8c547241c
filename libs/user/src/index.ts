// The people our apps know: who they are to each app, whether they follow it, and how they last looked.
export { AccountUsers } from './account-users.js';
export { UserModule } from './user.module.js';
export { type Sighting, Users } from './users.js';
export type { Profile, WechatUser } from './wechat-user.entity.js';
