import { Injectable } from '@nestjs/common';
import { Lifecycle, Metrics } from '#runtime';
import type { BrowserReply } from '#web-auth';
import { Gauge } from 'prom-client';
import { LoginWatch } from './login-watch.js';
import type { QrLogin } from './qr-login.entity.js';
import { QrLogins } from './qr-logins.js';

/** A comment in the stream from time to time keeps proxies from closing it. */
const quietMilliseconds = 15_000;

@Injectable()
export class LoginStreams {
  private open_ = 0;

  constructor(
    private readonly logins: QrLogins,
    private readonly watch: LoginWatch,
    private readonly lifecycle: Lifecycle,
    metrics: Metrics,
  ) {
    const open: Gauge = new Gauge({
      name: 'wx_login_streams',
      help: 'Browsers that wait for a QR login',
      registers: [metrics.registry],
      collect: () => open.set(this.open_),
    });
  }

  /** Sends each status until the login ends, the browser leaves, or the gateway stops. */
  async open(reply: BrowserReply, login: QrLogin, shape: (login: QrLogin) => object): Promise<void> {
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      ...reply.getHeaders(),
      'content-type': 'text/event-stream; charset=utf-8',
      connection: 'close',
      'x-accel-buffering': 'no',
    });
    if (raw.req.method === 'HEAD') return void raw.end();
    const gone = new AbortController();
    raw.on('close', () => gone.abort());
    const end = AbortSignal.any([gone.signal, this.lifecycle.draining]);
    this.open_++;
    try {
      await this.tell(reply, login, shape, end);
    } finally {
      this.open_--;
      raw.end();
    }
  }

  private async tell({ raw }: BrowserReply, login: QrLogin, shape: (login: QrLogin) => object, end: AbortSignal): Promise<void> {
    let seen = login;
    for (;;) {
      const status = this.logins.statusOf(seen);
      raw.write(`data: ${JSON.stringify(shape(seen))}\n\n`);
      if (this.watch.isFinished(status)) return;
      do {
        seen = await this.watch.change(seen, status, quietMilliseconds, end).catch(() => seen);
        if (end.aborted) return;
        if (this.logins.statusOf(seen) === status) raw.write(': alive\n\n');
      } while (this.logins.statusOf(seen) === status);
    }
  }
}
