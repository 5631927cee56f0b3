// The processes of a run, so that none of them outlives it when it is broken off.
import type { ChildProcess } from 'node:child_process';

const running = new Set<ChildProcess>();

export function keepTrack<Child extends ChildProcess>(child: Child): Child {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** What waits for them fails then, and the run ends by the way of every failure. */
export function endChildren(): void {
  for (const child of running) child.kill('SIGKILL');
}
