// Messages to people, what became of them, and menus. What people write to us belongs to the callback.
export { CustomerMessages } from './customer-messages.js';
export { MessageModule } from './message.module.js';
