// A page with a live list of every file there is: the list alone, or with React, which shows the first of them.
import type { ReactElement } from 'react';
import { createRoot } from 'react-dom/client';
import { createWaybill } from '../../packages/client/src/client.ts';
import type { LiveFiles } from '../../packages/client/src/live/files.ts';
import { useStore } from '../../packages/client/src/react.ts';

export interface ListPage {
  /** Shows the list, and resolves when it is live and whole. @returns the number of files */
  open(isShown: boolean): Promise<number>;
  readonly counts: Counts;
}

export interface Counts {
  notified: number;
  frames: number;
}

const SHOWN = 50;

function Files({ list }: { readonly list: LiveFiles }): ReactElement {
  const { files } = useStore(list);
  return (
    <ul>
      {files.slice(0, SHOWN).map(({ id, name, state, version }) => (
        <li key={id}>{`${name} ${state} ${version}`}</li>
      ))}
    </ul>
  );
}

const page: ListPage = {
  counts: { notified: 0, frames: 0 },
  open: async (isShown) => {
    const list = createWaybill({ url: location.origin }).live.files({}, { pageSize: 1_000 });
    list.subscribe(() => (page.counts.notified += 1));
    for await (const { status } of list) if (status === 'live') break;
    while (list.getSnapshot().hasMore) {
      const { files } = list.getSnapshot();
      await list.loadMore();
      for await (const snapshot of list) if (snapshot.files.length > files.length || !snapshot.hasMore) break;
    }
    if (isShown) createRoot(document.body.appendChild(document.createElement('div'))).render(<Files list={list} />);
    return list.getSnapshot().files.length;
  },
};

function countFrames(): void {
  page.counts.frames += 1;
  requestAnimationFrame(countFrames);
}

countFrames();
Object.assign(globalThis, { listPage: page });
