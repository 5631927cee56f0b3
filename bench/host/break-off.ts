// Registers what is under way, so that an interrupted run can stop it: what waits for it fails, and the run cleans up as
// after every failure.
import type { ChildProcess } from 'node:child_process';

const underWay = new Set<() => void>();
let isBrokenOff = false;

/** What begins after the end is ended at once. @returns what to call when it is over */
export function onBreakOff(end: () => void): () => void {
  underWay.add(end);
  if (isBrokenOff) end();
  return () => void underWay.delete(end);
}

/** No process outlives its run. */
export function keepTrack<Child extends ChildProcess>(child: Child): Child {
  child.once(
    'exit',
    onBreakOff(() => child.kill('SIGKILL')),
  );
  return child;
}

export function breakOff(): void {
  isBrokenOff = true;
  for (const end of underWay) end();
}
