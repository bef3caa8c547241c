// The people our apps know: who they are to each app, whether they follow it, and how they last looked.
export { Followers } from './followers.js';
export { InLanguage } from './user-shapes.js';
export { UserModule } from './user.module.js';
export { type Sighting, Users } from './users.js';
