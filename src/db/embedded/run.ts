// Runs programs as the server's user, in the minimal environment that the server gets: none of our variables reach it, and
// messages are in English, which some of the code here parses.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ServerUser } from './server-user.ts';

const TIMEOUT_MS = 120_000;

/** In a process group of its own: Ctrl-C in the terminal reaches only this process, which then stops the server. */
export function childOptions(user: ServerUser | undefined) {
  return {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    detached: true,
    ...(user && { uid: user.uid, gid: user.gid }),
  };
}

/** `code` is null where the program could not be started or was ended by a signal; `output` then says why. */
export async function run(
  user: ServerUser | undefined,
  command: string,
  args: string[],
): Promise<{ code: number | null; output: string }> {
  const child = spawn(command, args, {
    ...childOptions(user),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, output: output.trim() };
  } catch (error) {
    return { code: null, output: (error as Error).message };
  }
}
