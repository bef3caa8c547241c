// QR codes with a parameter: created at WeChat, drawn here.
export { drawSvg } from './drawing.js';
export { QrCodeModule } from './qr-code.module.js';
export { QrCodes } from './qr-codes.js';
