import { crc32, deflateSync } from 'node:zlib';
import jpeg from 'jpeg-js';
import qrcode from 'qrcode-generator';

const quietModules = 4;

interface Picture {
  readonly side: number;
  readonly isDark: (x: number, y: number) => boolean;
}

/** About `width` pixels wide. Every module is a whole number of pixels, so edges stay sharp. */
function pictureOf(text: string, width: number): Picture {
  const code = qrcode(0, 'M');
  code.addData(Buffer.from(text, 'utf8').toString('latin1'), 'Byte');
  code.make();
  const count = code.getModuleCount();
  const scale = Math.max(1, Math.floor(width / (count + 2 * quietModules)));
  const at = (pixel: number): number => Math.floor(pixel / scale) - quietModules;
  const isInside = (module: number): boolean => module >= 0 && module < count;
  return {
    side: (count + 2 * quietModules) * scale,
    isDark: (x, y) => isInside(at(x)) && isInside(at(y)) && code.isDark(at(y), at(x)),
  };
}

/** A JPEG that a phone can read. */
export function qrImage(text: string, width = 430): Buffer {
  const { side, isDark } = pictureOf(text, width);
  const data = Buffer.alloc(side * side * 4, 255);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) if (isDark(x, y)) data.fill(0, (y * side + x) * 4, (y * side + x) * 4 + 3);
  return jpeg.encode({ data, width: side, height: side }, 90).data;
}

/** A PNG whose light parts are transparent. https://www.w3.org/TR/png-3/ */
export function qrPng(text: string, width = 430): Buffer {
  const { side, isDark } = pictureOf(text, width);
  // Grey and alpha, a byte each; every line begins with the number of its filter, 0.
  const line = 1 + 2 * side;
  const pixels = Buffer.alloc(side * line);
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) if (isDark(x, y)) pixels[y * line + 2 + 2 * x] = 255;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 4], 8);
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(pixels)), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [data.length, crc32(body)].map((value) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  });
  return Buffer.concat([length ?? body, body, check ?? body]);
}
