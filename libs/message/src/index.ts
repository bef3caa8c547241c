// Messages to people, and what became of them. What people write to us belongs to the callback.
export { MessageModule } from './message.module.js';
