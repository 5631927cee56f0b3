// A client that keeps a copy of all files by the rules of docs/frontend.md: it reads everything, follows the feed from there, and
// replaces everything when its cursor no longer works.
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, request, subscribe } from '../support/client.ts';
import { type ChangeData, CHANGES, type SeenChange, extensionsOf, seenOf } from '../support/changes.ts';

export interface Mirror {
  /** Version by id. */
  readonly files: ReadonlyMap<string, number>;
  /** How often the log was taken back from under it. */
  readonly forks: number;
  /** What it heard since it last read everything. */
  readonly seen: readonly SeenChange[];
  /** What else made it read everything: none of the tests does that. */
  readonly surprises: readonly unknown[];
}

const READ = '{ feedCursor files(first: 100) { edges { node { id version } } } }';

interface Read {
  readonly feedCursor: string;
  readonly files: { readonly edges: readonly { readonly node: { readonly id: string; readonly version: number } }[] };
}

/** Of up to 100 files, until the signal is aborted. */
export function keepMirror(
  url: string,
  signal: AbortSignal,
): { readonly mirror: Mirror; readonly ended: Promise<void> } {
  const mirror = { files: new Map<string, number>(), forks: 0, seen: [] as SeenChange[], surprises: [] as unknown[] };
  let cursor: string | null = null;
  const read = async (): Promise<void> => {
    const { feedCursor, files } = await request<Read>(url, READ);
    mirror.files.clear();
    mirror.seen.length = 0;
    for (const {
      node: { id, version },
    } of files.edges)
      mirror.files.set(id, version);
    cursor = feedCursor;
  };
  const follow = async (): Promise<void> => {
    const client = connect(url);
    const leave = (): void => void client.dispose();
    signal.addEventListener('abort', leave, { once: true });
    try {
      for await (const data of subscribe<ChangeData>(client, CHANGES, { after: cursor })) {
        const change = seenOf(data);
        mirror.seen.push(change);
        cursor = change.cursor;
        const { fileId, version } = change;
        if (version !== null && version > (mirror.files.get(fileId) ?? -1)) mirror.files.set(fileId, version);
      }
    } finally {
      signal.removeEventListener('abort', leave);
      leave();
    }
  };
  const keep = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        if (cursor === null) await read();
        await follow();
      } catch (error) {
        const code = extensionsOf(error)?.['code'];
        if (code === 'FEED_FORKED') mirror.forks += 1;
        else if (code === 'CURSOR_EXPIRED' || code === 'INVALID_CURSOR') mirror.surprises.push(code);
        if (code === 'FEED_FORKED' || mirror.surprises.at(-1) === code) cursor = null;
        await sleep(50);
      }
    }
  };
  return { mirror, ended: keep() };
}
