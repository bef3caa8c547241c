import { crc32, deflateSync } from 'node:zlib';
import qrcode from 'qrcode-generator';

/** Scanners need four empty modules around a code. */
const quiet = 4;
const pixelsPerModule = 10;

type Matrix = readonly (readonly boolean[])[];

function matrixOf(text: string): Matrix {
  const code = qrcode(0, 'M');
  code.addData(Buffer.from(text, 'utf8').toString('latin1'), 'Byte');
  code.make();
  const side = Array.from({ length: code.getModuleCount() + 2 * quiet }, (_, at) => at - quiet);
  const isInside = (at: number): boolean => at >= 0 && at < code.getModuleCount();
  return side.map((row) => side.map((column) => isInside(row) && isInside(column) && code.isDark(row, column)));
}

/** Always black on white, because cameras do not read an inverted code. */
export function drawSvg(text: string): string {
  const matrix = matrixOf(text);
  const runs = matrix.flatMap((row, y) => [...runsOf(row)].map(([x, length]) => `M${x} ${y}h${length}v1h-${length}z`));
  const side = matrix.length;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges" role="img"><path fill="#fff" d="M0 0h${side}v${side}H0z"/><path d="${runs.join('')}"/></svg>`;
}

function* runsOf(row: readonly boolean[]): Generator<[start: number, length: number]> {
  for (let x = 0; x < row.length; x++) {
    if (!row[x]) continue;
    const start = x;
    while (row[x + 1]) x++;
    yield [start, x + 1 - start];
  }
}

/** One bit a pixel. https://www.w3.org/TR/png-3/ */
export function drawPng(text: string): Buffer {
  const matrix = matrixOf(text);
  const side = matrix.length * pixelsPerModule;
  const rows = matrix.map((row) => scanline(row, side));
  const pixels = Buffer.concat(rows.flatMap((row) => Array<Buffer>(pixelsPerModule).fill(row)));
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  // Bit depth 1, greyscale; compression, filter and interlace have only the one value used here.
  header[8] = 1;
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(pixels)), chunk('IEND', Buffer.alloc(0))]);
}

function scanline(row: readonly boolean[], side: number): Buffer {
  // The first byte names the filter: none.
  const line = Buffer.alloc(1 + Math.ceil(side / 8));
  for (let x = 0; x < side; x++)
    if (!row[Math.floor(x / pixelsPerModule)]) line[1 + (x >> 3)] = (line[1 + (x >> 3)] ?? 0) | (0x80 >> (x & 7));
  return line;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
