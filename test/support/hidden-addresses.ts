/** Ways to write an IPv4 address that a check may overlook and a connection may not. */
const forms: Record<string, (bytes: number[]) => string> = {
  dotted: (bytes) => bytes.join('.'),
  'one number': (bytes) => String(whole(bytes)),
  'one hexadecimal number': (bytes) => `0x${whole(bytes).toString(16)}`,
  'one octal number': (bytes) => `0${whole(bytes).toString(8)}`,
  'hexadecimal parts': (bytes) => bytes.map((byte) => `0x${byte.toString(16)}`).join('.'),
  'octal parts': (bytes) => bytes.map((byte) => `0${byte.toString(8).padStart(3, '0')}`).join('.'),
  'two parts': ([first = 0, ...rest]) => `${first}.${whole(rest)}`,
  'three parts': ([first = 0, second = 0, ...rest]) => `${first}.${second}.${whole(rest)}`,
  'a dot at its end': (bytes) => `${bytes.join('.')}.`,
  escaped: (bytes) => `%3${String(bytes[0]).slice(0, 1)}${String(bytes[0]).slice(1)}.${bytes.slice(1).join('.')}`,
  'wide digits': (bytes) => bytes.join('.').replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
  'another full stop': (bytes) => bytes.join('\u3002'),
  mapped: (bytes) => `[::ffff:${bytes.join('.')}]`,
  'mapped in hexadecimal': (bytes) => `[0:0:0:0:0:FFFF:${halves(bytes)}]`,
  compatible: (bytes) => `[::${bytes.join('.')}]`,
  translated: (bytes) => `[64:ff9b::${bytes.join('.')}]`,
  'translated locally': (bytes) => `[64:ff9b:1::${halves(bytes)}]`,
  '6to4': (bytes) => `[2002:${halves(bytes)}::1]`,
  teredo: (bytes) => `[2001:0:${halves(bytes)}::1]`,
  'as a user': (bytes) => `shop.example.com@${bytes.join('.')}`,
};

const whole = (bytes: number[]): number => bytes.reduce((sum, byte) => sum * 256 + byte, 0);
const halves = ([a = 0, b = 0, c = 0, d = 0]: number[]): string => `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;

/** Every form of each address. */
export const hiddenForms = (addresses: string[]): string[] =>
  addresses.flatMap((address) => Object.values(forms).map((form) => form(address.split('.').map(Number))));

/** Forms that IPv6 alone has, and names that mean this machine wherever they are looked up. */
export const otherForms = [
  'localhost',
  'LOCALHOST',
  'localhost.',
  '[::]',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::1%lo]',
  '[::1%25lo]',
  '[fe80::1]',
  '[fe80::1%25eth0]',
  '[fec0::1]',
  '[fc00::1]',
  '[fd00:ec2::254]',
  '[ff02::1]',
  '[100::1]',
  '[::ffff:0:127.0.0.1]',
  '[5f00::1]',
  '[2001:db8::1]',
];
