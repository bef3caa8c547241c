import type { Operation } from './document.js';

const keptOfEach = 8;
/** A body's fields whose values nobody may see again. */
const secretField = /(^|_)(secret|token|aes_key|password|code)$/;
/** Long and mixed enough that it stands in an answer only if it was put there. */
const looksSecret = (text: string): boolean => /^[\w+/=-]{16,}$/.test(text) && new Set(text).size >= 8;

/** What a walk has seen in answers, to ask about again; and the secrets it has sent, which no answer may show. */
export class WalkMemory {
  private readonly seen = new Map<string, string[]>();
  private readonly handedOut = new Set<string>();
  private secrets: string[] = [];

  /** `untouched` is never recalled: the walk's own key must outlive it. */
  constructor(private readonly untouched: string) {}

  noteAnswer({ path }: Operation, body: unknown): void {
    for (const [name, value] of fieldsOf(body)) {
      this.handedOut.add(value);
      if (value === this.untouched) continue;
      for (const place of [name, `${path} ${name}`]) {
        const known = this.seen.get(place)?.filter((one) => one !== value) ?? [];
        this.seen.set(place, [...known, value].slice(-keptOfEach));
      }
    }
  }

  /** A value seen for a parameter: best one from the list or the creation that stands above it in the address. */
  recall({ path }: Operation, parameter: string, number: number): string | undefined {
    const above = path.slice(0, Math.max(0, path.indexOf(`/{${parameter}}`)));
    const places = [`${above} ${parameter}`, `${path} next_${parameter}`, parameter];
    const known = places.map((place) => this.seen.get(place)).find((values) => values !== undefined) ?? [];
    return known[number % known.length];
  }

  noteSecretsOf(body: unknown): void {
    for (const [name, value] of fieldsOf(body))
      if (secretField.test(name) && looksSecret(value) && !this.handedOut.has(value)) this.noteSecret(value);
  }

  noteSecret(text: string): void {
    this.secrets = [...this.secrets.filter((one) => one !== text), text].slice(-300);
  }

  secretIn(text: string): string | undefined {
    return this.secrets.find((secret) => text.includes(secret));
  }
}

function fieldsOf(value: unknown): [string, string][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) =>
    typeof inner === 'string' ? [[name, inner] as [string, string]] : fieldsOf(inner),
  );
}
