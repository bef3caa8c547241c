import { closeSync, constants, copyFileSync, fchownSync, lstatSync, openSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from './home.js';

const bytesMax = 1024 * 1024;

/**
 * The server prints to a file of its own: if we were killed, a pipe to us would break and end the server. The server only
 * appends, so the file can be cut while it is open; one earlier part is kept.
 */
export class ServerLog {
  private readonly path: string;

  constructor(private readonly home: Home) {
    this.path = join(home.folder, 'server.log');
  }

  /** Gives `body` the file to hand to a server. Root does not follow a link here, because the user could have made it. */
  open<T>(body: (file: number) => T): T {
    const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW } = constants;
    const file = openSync(this.path, O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW, 0o600);
    try {
      if (this.home.user) fchownSync(file, this.home.user.uid, this.home.user.gid);
      return body(file);
    } finally {
      closeSync(file);
    }
  }

  keepShort(): void {
    try {
      const log = lstatSync(this.path);
      if (!log.isFile() || log.size <= bytesMax) return;
      rmSync(`${this.path}.1`, { force: true });
      copyFileSync(this.path, `${this.path}.1`, constants.COPYFILE_EXCL);
      truncateSync(this.path);
    } catch {
      // The file does not exist yet, or belongs to another user, who keeps it short.
    }
  }

  lastWords(): string {
    try {
      return readFileSync(this.path, 'utf8').trim().split('\n').slice(-5).join('\n');
    } catch {
      return '';
    }
  }
}
