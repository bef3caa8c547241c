import { randomBytes } from 'node:crypto';

const alphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const urlSafe = `${alphanumeric}-_`;

/** Randomness that can be seeded: the same seed and the same calls give the same tokens, codes and nonces. */
export class Chance {
  private state = new Uint32Array(4);

  constructor(seed: string = randomBytes(16).toString('hex')) {
    this.seed(seed);
  }

  seed(seed: string): void {
    let hash = 2166136261;
    for (let i = 0; i < 4; i++) {
      for (const byte of Buffer.from(`${i}:${seed}`)) hash = Math.imul(hash ^ byte, 16777619) >>> 0;
      this.state[i] = hash;
    }
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
    const [a = 0, b = 0, c = 0, counter = 0] = this.state;
    const result = (a + b + counter) >>> 0;
    this.state[0] = b ^ (b >>> 9);
    this.state[1] = c + (c << 3);
    this.state[2] = ((c << 21) | (c >>> 11)) + result;
    this.state[3] = counter + 1;
    return result;
  }
}
