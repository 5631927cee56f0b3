// Processor time of processes, as Linux counts it (proc(5), /proc/pid/stat). Other load on the machine changes how long
// something takes much more than what it costs.
import { readFile } from 'node:fs/promises';

// USER_HZ, which is 100 wherever Node runs on Linux.
const TICKS_A_SECOND = 100;
// Of the fields after the name, which is in brackets and may contain spaces: utime, stime, cutime, cstime.
const TIMES = { from: 11, to: 15 };

/** Seconds, of the process and its children, also those that have ended; null where the system does not tell. */
export async function readCpuSeconds(pid: number): Promise<number | null> {
  const children = await readOrNull(`/proc/${pid}/task/${pid}/children`);
  if (children === null) return null;
  const pids = [pid, ...children.trim().split(' ').filter(Boolean).map(Number)];
  const times = await Promise.all(pids.map(readOwnTicks));
  return times.reduce((sum, ticks) => sum + ticks, 0) / TICKS_A_SECOND;
}

/** 0 for a process that has just ended: its parent has its time now. */
async function readOwnTicks(pid: number): Promise<number> {
  const stat = (await readOrNull(`/proc/${pid}/stat`)) ?? '';
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(TIMES.from, TIMES.to).reduce((sum, field) => sum + Number(field), 0);
}

const readOrNull = (path: string): Promise<string | null> => readFile(path, 'utf8').catch(() => null);
