import { type FastifyInstance } from 'fastify';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { qrImage } from './qr-image.js';
import { type World } from './world.js';

const types = { html: 'text/html', css: 'text/css', js: 'text/javascript' } as const;

const headers = {
  'cache-control': 'no-cache',
  'content-security-policy': "default-src 'self'; img-src 'self' data:; frame-src http: https:; frame-ancestors 'self'",
};

/** The page for hands and eyes, and the two calls that only a browser makes. */
export function servePage(app: FastifyInstance, world: () => World): void {
  for (const file of readdirSync(pageFolder())) {
    const type = types[file.split('.').at(-1) as keyof typeof types];
    const content = readFileSync(join(pageFolder(), file));
    const address = file === 'index.html' ? '/' : `/_sim/page/${file}`;
    app.get(address, (_request, reply) => reply.headers(headers).type(`${type}; charset=utf-8`).send(content));
  }
  app.get('/_sim/page/qr', (request, reply) => {
    const { text = '' } = request.query as { text?: string };
    return reply.type('image/jpeg').send(qrImage(text.slice(0, 700), 200));
  });
  // Whoever holds the phone is a cookie, so that every page of WeChat's in this browser knows.
  app.get('/_sim/hold-phone', (request, reply) => {
    const { person = '', next = '/' } = request.query as { person?: string; next?: string };
    const isKnown = world().people.has(person);
    const cookie = isKnown ? `wechat_person=${person}; Path=/; SameSite=Lax` : 'wechat_person=; Path=/; Max-Age=0';
    // Only a path of our own: this must not send anyone elsewhere.
    return reply.header('set-cookie', cookie).redirect(/^\/(?![/\\])/.test(next) ? next : '/');
  });
}

/** The page is plain files, which the compiler leaves where they are: beside the sources, whoever runs. */
function pageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return join(folder, 'apps/simulator/page');
}
