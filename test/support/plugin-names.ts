// Fastify looks for the name of a plugin that brings none among all loaded modules. Under Jest each of them is asked through
// a proxy, which takes a tenth of a second for each gateway and each simulator of each test.
const displayName = Symbol.for('fastify.display-name');

Object.defineProperty(Function.prototype, displayName, {
  configurable: true,
  get(this: { name: string }): string {
    return this.name || 'anonymous';
  },
  set(this: object, value: string) {
    Object.defineProperty(this, displayName, { value, writable: true, configurable: true });
  },
});
