import { type Endpoint, html } from '../endpoint.js';
import { qrImage } from '../qr-image.js';

/** The one call of the API that answers a status: 404 for a ticket it does not know. */
export const showqrcode: Endpoint = {
  verb: 'GET',
  path: '/cgi-bin/showqrcode',
  caller: 'anyone',
  answer(call) {
    const { qrCodes, switches } = call.world;
    const code = qrCodes.withTicket(call.query.get('ticket') ?? '');
    if (!code || (!qrCodes.isLive(code) && switches.expired_ticket_image === '404')) return html('', 404);
    call.appid = code.appid;
    const headers = { 'content-type': 'image/jpg', 'accept-ranges': 'bytes', 'cache-control': 'max-age=604800' };
    return { status: 200, headers, body: qrImage(code.url), errcode: 0 };
  },
};
