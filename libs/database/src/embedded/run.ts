import { execFile } from 'node:child_process';
import type { Home } from './home.js';

/**
 * How every program of PostgreSQL is run: from a folder that its user can enter, with an environment of its own, because ours
 * holds the master key. (Windows needs parts of ours to start a program.)
 */
export const surroundings = ({ folder, user }: Home) => ({
  ...user,
  cwd: folder,
  env: process.platform === 'win32' ? undefined : { LC_ALL: 'C' },
  windowsHide: true,
});

/** Runs a program to its end. Returns its error output, or undefined if it succeeded. */
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
