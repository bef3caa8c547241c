import { randomBytes } from 'node:crypto';

const alphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const urlSafe = `${alphanumeric}-_`;

/** Randomness that can be seeded: the same seed and the same calls give the same tokens, codes and nonces. */
export class Chance {
  private a = 0;
  private b = 0;
  private c = 0;
  private counter = 1;

  constructor(seed: string = randomBytes(16).toString('hex')) {
    this.seed(seed);
  }

  seed(seed: string): void {
    let hash = 2166136261;
    const [a = 0, b = 0, c = 0] = [0, 1, 2].map((round) => {
      for (const byte of Buffer.from(`${round}:${seed}`)) hash = Math.imul(hash ^ byte, 16777619);
      return hash;
    });
    [this.a, this.b, this.c, this.counter] = [a, b, c, 1];
    for (let i = 0; i < 16; i++) this.next();
  }

  bytes(count: number): Buffer {
    return Buffer.from(Array.from({ length: count }, () => this.next() & 0xff));
  }

  hex(length: number): string {
    return this.text(length, '0123456789abcdef');
  }

  digits(length: number): string {
    return this.text(1, '123456789') + this.text(length - 1, '0123456789');
  }

  alphanumeric(length: number): string {
    return this.text(length, alphanumeric);
  }

  urlSafe(length: number): string {
    return this.text(length, urlSafe);
  }

  private text(length: number, alphabet: string): string {
    let text = '';
    for (let i = 0; i < length; i++) text += alphabet.charAt(this.next() % alphabet.length);
    return text;
  }

  /** sfc32, a small generator without secrets: nothing here protects anything. */
  private next(): number {
    const result = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + result) | 0;
    return result >>> 0;
  }
}
