// What the back end of a mini program asks of WeChat: logins, phone numbers, codes and links.
export { MiniProgramModule } from './mini-program.module.js';
