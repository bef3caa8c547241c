import jpeg from 'jpeg-js';
import qrcode from 'qrcode-generator';

const quietModules = 4;

/** A JPEG of about `width` pixels that a phone can read. Every module is a whole number of pixels, so edges stay sharp. */
export function qrImage(text: string, width = 430): Buffer {
  const code = qrcode(0, 'M');
  code.addData(Buffer.from(text, 'utf8').toString('latin1'), 'Byte');
  code.make();
  const modules = code.getModuleCount() + 2 * quietModules;
  const scale = Math.max(1, Math.floor(width / modules));
  const side = modules * scale;
  const data = Buffer.alloc(side * side * 4, 255);
  for (let y = 0; y < side; y++) {
    const row = Math.floor(y / scale) - quietModules;
    for (let x = 0; x < side; x++) {
      const column = Math.floor(x / scale) - quietModules;
      const isInside = row >= 0 && column >= 0 && row < code.getModuleCount() && column < code.getModuleCount();
      if (isInside && code.isDark(row, column)) data.fill(0, (y * side + x) * 4, (y * side + x) * 4 + 3);
    }
  }
  return jpeg.encode({ data, width: side, height: side }, 90).data;
}
