// Runs the examples of docs/frontend.md, and records the live list that each of them shows.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Change, ListedFile, Show } from '../../docs/examples/live-files.ts';
import * as apollo from '../../docs/examples/resume-with-apollo.ts';
import * as urql from '../../docs/examples/resume-with-urql.ts';

export interface Watcher {
  /** As last shown. */
  readonly files: readonly ListedFile[];
  /** Shown since the list was last read. */
  readonly changes: readonly Change[];
  /** How often the list was read. */
  readonly readings: number;
  stop(): Promise<void>;
}

class Shown {
  files: readonly ListedFile[] = [];
  changes: Change[] = [];
  readings = 0;

  take(files: readonly ListedFile[], change: Change | null): void {
    this.files = files;
    if (change !== null) this.changes.push(change);
    else {
      this.readings += 1;
      this.changes = [];
    }
  }
}

function watchWith(start: (show: Show) => () => void): Watcher {
  const shown = new Shown();
  const stop = start((files, change) => shown.take([...files.values()], change));
  return Object.assign(shown, { stop: () => Promise.resolve(stop()) });
}

const CHILD = join(import.meta.dirname, 'event-source-child.ts');

function watchWithEventSource(url: string): Watcher {
  const shown = new Shown();
  const child = spawn(process.execPath, ['--experimental-eventsource', '--no-warnings', CHILD, url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { files, change } = JSON.parse(line) as { files: ListedFile[]; change: Change | null };
    shown.take(files, change);
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  return Object.assign(shown, { stop });
}

/** By the name of the client. */
export const WATCHERS: Readonly<Record<string, (url: string) => Watcher>> = {
  urql: (url) => watchWith((show) => urql.watchFiles(urql.createLiveClient(url), show)),
  'Apollo Client': (url) => watchWith((show) => apollo.watchFiles(apollo.createLiveClient(url), show)),
  EventSource: watchWithEventSource,
};
