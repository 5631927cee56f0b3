// What was found by words in names and contents, the best first, with the hits marked.
import type { FileState, WaybillFile } from '@waybill/client';
import { useCallback, useEffect, useState } from 'react';
import { formatBytes, formatCount, formatShortTime } from '../app/format.ts';
import { go, useRoute } from '../app/route.ts';
import type { Session } from '../app/session.ts';
import { MEDIA_KINDS } from '../app/states.ts';
import { messageOf } from '../files/bulk.ts';
import { SEARCH_FILES } from '../generated/documents.ts';
import type { SearchFilesQuery } from '../generated/operations.ts';
import { TEXTS } from '../texts.ts';
import { Icon, iconOf } from '../ui/icon.tsx';
import { Notice } from '../ui/notice.tsx';
import { StateBadge } from '../ui/state-badge.tsx';

type Edge = SearchFilesQuery['searchFiles']['edges'][number];
type Snippet = Edge['snippets'][number];

interface Found {
  readonly edges: readonly Edge[];
  readonly endCursor: string | null;
}

const PAGE_SIZE = 25;

export function SearchResults({ session: { waybill } }: { readonly session: Session }) {
  const { search, kind, state } = useRoute();
  const [found, setFound] = useState<Found | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const read = useCallback(
    async (after: string | null, signal?: AbortSignal): Promise<Found> => {
      const filter = filterOf(kind, state);
      const variables = { query: search, filter, first: PAGE_SIZE, after };
      const { searchFiles } = await waybill.query(SEARCH_FILES, variables, { signal });
      const { hasNextPage, endCursor } = searchFiles.pageInfo;
      return { edges: searchFiles.edges, endCursor: hasNextPage ? endCursor : null };
    },
    [waybill, search, kind, state],
  );
  const [tries, setTries] = useState(0);
  useEffect(() => {
    const controller = new AbortController();
    setProblem(null);
    read(null, controller.signal).then(setFound, (error: unknown) => {
      if (!controller.signal.aborted) setProblem(messageOf(error));
    });
    return () => controller.abort();
  }, [read, tries]);
  const more = (): void => {
    if (found === null) return;
    read(found.endCursor).then(
      (next) => setFound({ ...next, edges: [...found.edges, ...next.edges] }),
      (error: unknown) => setProblem(messageOf(error)),
    );
  };
  if (problem !== null) {
    return (
      <Notice title={TEXTS.searchFailed} hint={problem} action={TEXTS.tryAgain} onAction={() => setTries(tries + 1)} />
    );
  }
  if (found === null) return <Notice title={TEXTS.searching} isBusy />;
  if (found.edges.length === 0) {
    return (
      <Notice
        title={TEXTS.nothingFound}
        hint={TEXTS.nothingFoundHint}
        action={state === null ? TEXTS.clearSearch : TEXTS.everyState}
        onAction={() => go(state === null ? { search: '' } : { state: null })}
      />
    );
  }
  return (
    <section className="results" aria-label={TEXTS.search}>
      <div className="results-count">
        <p role="status">{TEXTS.found(formatCount(found.edges.length), found.endCursor !== null)}</p>
        <OnlyState />
      </div>
      <ol className="results-list" id="files" tabIndex={-1}>
        {found.edges.map((edge) => (
          <Result key={edge.node.id} file={edge.node} snippets={edge.snippets} search={search} />
        ))}
      </ol>
      {found.endCursor !== null && (
        <button type="button" className="button" onClick={more}>
          {TEXTS.more_results}
        </button>
      )}
    </section>
  );
}

/** The state that was chosen before: only such files are found. */
function OnlyState() {
  const { state } = useRoute();
  if (state === null) return null;
  return (
    <button type="button" className="button" onClick={() => go({ state: null })}>
      <StateBadge state={state} />
      <Icon name="close" />
      <span className="hidden">{TEXTS.everyState}</span>
    </button>
  );
}

const filterOf = (kind: string | null, state: FileState | null) => ({
  ...(kind !== null && { contentTypes: MEDIA_KINDS[kind] ?? [] }),
  ...(state !== null && { states: [state] }),
});

interface ResultProps {
  readonly file: WaybillFile;
  readonly snippets: readonly Snippet[];
  readonly search: string;
}

function Result({ file, snippets, search }: ResultProps) {
  const { id, name, contentType, size, state, updatedAt } = file;
  return (
    <li className="result">
      <button type="button" className="result-name link" onClick={() => go({ fileId: id })}>
        <Icon name={iconOf(contentType)} />
        <bdi>{markedName(name, search)}</bdi>
      </button>
      {snippets.map((snippet, at) => (
        <p key={at} className="snippet" dir="auto">
          {marked(snippet)}
        </p>
      ))}
      <p className="result-note">
        <StateBadge state={state} />
        {size !== null && <span>{formatBytes(size)}</span>}
        <span>{formatShortTime(new Date(updatedAt))}</span>
      </p>
    </li>
  );
}

/** Plain text with its hits as elements: never markup from a file. */
function marked({ text, hits }: Snippet) {
  const parts = hits.flatMap(({ start, end }, at) => [
    text.slice(hits[at - 1]?.end ?? 0, start),
    <mark key={start}>{text.slice(start, end)}</mark>,
  ]);
  return [...parts, text.slice(hits.at(-1)?.end ?? 0)];
}

/** The server says that a name fits, not where: the words that were searched for, as they are written. */
function markedName(name: string, search: string) {
  const words = search
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 1)
    .map((word) => word.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  if (words.length === 0) return name;
  // Every other part is a word.
  return name
    .split(new RegExp(`(${words.join('|')})`, 'iu'))
    .map((part, at) => (at % 2 === 1 ? <mark key={at}>{part}</mark> : part));
}
