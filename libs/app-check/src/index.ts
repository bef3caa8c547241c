// Whether an app is set up well: asked of WeChat and of every room that knows what can be wrong.
export { AppCheckModule } from './app-check.module.js';
