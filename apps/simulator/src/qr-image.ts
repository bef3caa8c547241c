import { crc32, deflateSync } from 'node:zlib';
import jpeg from 'jpeg-js';
import qrcode from 'qrcode-generator';

const quietModules = 4;

/** Rows of modules, the quiet ones included; true is dark. */
function matrixOf(text: string): readonly (readonly boolean[])[] {
  const code = qrcode(0, 'M');
  code.addData(Buffer.from(text, 'utf8').toString('latin1'), 'Byte');
  code.make();
  const count = code.getModuleCount();
  const places = Array.from({ length: count + 2 * quietModules }, (_, at) => at - quietModules);
  const isInside = (at: number): boolean => at >= 0 && at < count;
  return places.map((row) => places.map((column) => isInside(row) && isInside(column) && code.isDark(row, column)));
}

/** Every module is a whole number of pixels, so edges stay sharp. Lines of one row are the same, and made once. */
function drawn(
  text: string,
  width: number,
  line: (row: readonly boolean[], scale: number) => Buffer,
): { side: number; data: Buffer } {
  const matrix = matrixOf(text);
  const scale = Math.max(1, Math.floor(width / matrix.length));
  const lines = matrix.flatMap((row) => Array<Buffer>(scale).fill(line(row, scale)));
  return { side: lines.length, data: Buffer.concat(lines) };
}

/** A JPEG of about `width` pixels that a phone can read. */
export function qrImage(text: string, width = 430): Buffer {
  const [dark, light] = [Buffer.from([0, 0, 0, 255]), Buffer.from([255, 255, 255, 255])];
  const { side, data } = drawn(text, width, (row, scale) =>
    Buffer.concat(row.flatMap((isDark) => Array<Buffer>(scale).fill(isDark ? dark : light))),
  );
  return jpeg.encode({ data, width: side, height: side }, 90).data;
}

/** A PNG whose light parts are transparent. https://www.w3.org/TR/png-3/ */
export function qrPng(text: string, width = 430): Buffer {
  // Grey and alpha, a byte each; every line begins with the number of its filter, 0.
  const [dark, light] = [Buffer.from([0, 255]), Buffer.from([0, 0])];
  const { side, data } = drawn(text, width, (row, scale) =>
    Buffer.concat([Buffer.from([0]), ...row.flatMap((isDark) => Array<Buffer>(scale).fill(isDark ? dark : light))]),
  );
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 4], 8);
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(data)), chunk('IEND', Buffer.alloc(0))]);
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
