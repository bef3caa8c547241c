// QR codes with a parameter: asked of WeChat, and drawn by ourselves.
export { drawSvg } from './drawing.js';
export { QrCodeModule } from './qr-code.module.js';
export { QrCodes } from './qr-codes.js';
