import helmet from '@fastify/helmet';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/**
 * For answers that no browser shows: nothing in them may be run, framed, sniffed or stored. Made once, because every answer has
 * them; pages get helmet's full set.
 */
export const plainHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

const onlyOverTls = { 'strict-transport-security': 'max-age=31536000; includeSubDomains' };

export const plainHeadersFor = (publicUrl: string): Record<string, string> =>
  publicUrl.startsWith('https:') ? { ...plainHeaders, ...onlyOverTls } : plainHeaders;

/** Gives `reply.helmet()` to the routes that serve pages. */
export async function registerPageHeaders(app: NestFastifyApplication, publicUrl: string): Promise<void> {
  const isTls = publicUrl.startsWith('https:');
  await app.register(helmet, {
    global: false,
    contentSecurityPolicy: { directives: { upgradeInsecureRequests: isTls ? [] : null } },
    strictTransportSecurity: isTls,
  });
}
