// Information about other processes. A pid alone does not identify one: pids are reused, and in a container the same
// program gets the same pid at every restart.
import { readFile } from 'node:fs/promises';
import { run } from './run.ts';

/**
 * Together with the pid it identifies a process. Undefined if there is no such process or, on Linux, only a zombie: a
 * killed program whose parent has not waited for it.
 */
export async function readStartTime(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return (await ps('lstart=', pid))?.replaceAll(/\W+/g, '_');
  const stat = await readProc(pid, 'stat');
  // proc(5): state is field 3, starttime field 22; field 2, the name, may hold spaces and parentheses.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields === undefined || fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

/** Its arguments joined by spaces; on Linux empty for a zombie. Undefined where there is no such process. */
export async function readCommand(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return ps('command=', pid);
  return (await readProc(pid, 'cmdline'))?.replaceAll('\0', ' ');
}

function readProc(pid: number, file: string): Promise<string | undefined> {
  return readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => undefined);
}

async function ps(column: string, pid: number): Promise<string | undefined> {
  const { code, output } = await run(undefined, 'ps', ['-o', column, '-p', String(pid)]);
  return code === 0 ? output : undefined;
}
