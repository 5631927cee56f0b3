// The live table of files, with the keys that work in it, and what is shown instead while there is nothing to show.
import { type WaybillFile } from '@waybill/client';
import { useFiles } from '@waybill/client/react';
import { type KeyboardEvent, useCallback, useEffect, useMemo, useState } from 'react';
import { go, useRoute } from '../app/route.ts';
import { type Session, leave } from '../app/session.ts';
import { MEDIA_KINDS } from '../app/states.ts';
import { TEXTS } from '../texts.ts';
import { Notice } from '../ui/notice.tsx';
import { BulkBar } from './bulk-bar.tsx';
import { FileTable } from './file-table.tsx';
import { clearSelection, select, selectOnly, toggle, useRefusals, useSelected } from './selection.ts';
import { StreamBanner } from './stream-banner.tsx';

const PAGE_SIZE = 200;

export function FilesView({ session, onChoose }: { readonly session: Session; readonly onChoose: () => void }) {
  const { state, kind, fileId } = useRoute();
  const filter = useMemo(
    () => ({
      ...(state !== null && { states: [state] }),
      ...(kind !== null && { contentTypes: MEDIA_KINDS[kind] ?? [] }),
    }),
    [state, kind],
  );
  const list = useFiles(session.waybill, filter, { pageSize: PAGE_SIZE, progress: true });
  const { files, hasMore, status, error, loadMore, retry } = list;
  const [activeId, setActive] = useState<string | null>(null);
  const selected = useSelected();
  const refusals = useRefusals();
  useEffect(() => selectOnly(files), [files]);
  const onMore = useCallback(() => void loadMore().catch(() => undefined), [loadMore]);
  const open = useCallback((id: string) => {
    setActive(id);
    go({ fileId: id });
  }, []);
  const isAll = files.length > 0 && files.every(({ id }) => selected.has(id));
  const selectAll = (): void => (isAll ? clearSelection() : select(files.map(({ id }) => id)));
  const press = (event: KeyboardEvent): void => {
    if (event.metaKey || event.ctrlKey || event.altKey || event.target !== event.currentTarget.querySelector('#files'))
      return;
    const next = stepOf(event.key, files, activeId);
    if (next !== undefined) setActive(next);
    else if (event.key === 'Enter' && activeId !== null) open(activeId);
    else if ((event.key === 'x' || event.key === ' ') && activeId !== null) toggle(activeId);
    else return;
    event.preventDefault();
  };
  const isEmpty = files.length === 0;
  const isSignedOut = error?.code === 'UNAUTHENTICATED';
  return (
    <section
      className="files"
      aria-label={TEXTS.files}
      data-selecting={selected.size > 0 || undefined}
      onKeyDown={press}
    >
      <StreamBanner list={list} />
      <BulkBar session={session} files={files} />
      {status === 'failed' && (
        <Notice
          title={TEXTS.failedToLoad}
          hint={isSignedOut ? TEXTS.signInEnded : (error?.message ?? '')}
          action={isSignedOut ? TEXTS.signIn : TEXTS.tryAgain}
          onAction={isSignedOut ? leave : retry}
        />
      )}
      {isEmpty && status === 'loading' && <Notice title={TEXTS.loading} isBusy />}
      {isEmpty && status === 'live' && state === null && kind === null && (
        <Notice
          title={TEXTS.noFiles}
          hint={TEXTS.noFilesHint}
          action={TEXTS.upload}
          onAction={onChoose}
          icon="upload"
        />
      )}
      {isEmpty && status === 'live' && (state !== null || kind !== null) && (
        <Notice
          title={TEXTS.noMatches}
          hint={TEXTS.noMatchesHint}
          action={TEXTS.showAll}
          onAction={() => go({ state: null, kind: null })}
        />
      )}
      {!isEmpty && (
        <FileTable
          // Another list begins at its top.
          key={`${state} ${kind}`}
          files={files}
          hasMore={hasMore}
          onMore={onMore}
          activeId={activeId}
          openId={fileId}
          selected={selected}
          refusals={refusals}
          onOpen={open}
          onSelectAll={selectAll}
        />
      )}
    </section>
  );
}

const STEPS: Readonly<Record<string, number>> = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1, PageDown: 10, PageUp: -10 };

/** The file that a key leads to; undefined: it is no such key. */
function stepOf(key: string, files: readonly WaybillFile[], activeId: string | null): string | undefined {
  if (key === 'Home') return files[0]?.id;
  if (key === 'End') return files.at(-1)?.id;
  const step = STEPS[key];
  if (step === undefined) return undefined;
  const at = files.findIndex(({ id }) => id === activeId);
  return files[at < 0 ? 0 : Math.min(files.length - 1, Math.max(0, at + step))]?.id;
}
