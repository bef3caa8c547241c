import { execFile } from 'node:child_process';
import type { Home } from './home.js';

/**
 * How every program of PostgreSQL is run: from a folder its user can reach, and with an environment of its own, since
 * ours holds the master key. (Windows cannot start a program without parts of it.)
 */
export const surroundings = ({ folder, user }: Home) => ({
  ...user,
  cwd: folder,
  env: process.platform === 'win32' ? undefined : { LC_ALL: 'C' },
  windowsHide: true,
});

/** Runs a program to its end; what it complained of, or nothing if it went well. */
export function complaintOf(program: string, words: string[], home: Home): Promise<string | undefined> {
  return new Promise((settle) => {
    try {
      execFile(program, words, surroundings(home), (error, _output, complaint) => {
        settle(error ? complaint.trim() || error.message : undefined);
      });
    } catch (error) {
      settle(String(error)); // no execute permission, or no right to switch users
    }
  });
}
