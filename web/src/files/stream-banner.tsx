// Says when the stream of changes is away and since when, and what was missed when it is back.
import type { FilesSnapshot } from '@waybill/client';
import { useEffect, useRef, useState } from 'react';
import { formatDuration, formatTime } from '../app/format.ts';
import { TEXTS } from '../texts.ts';
import { Icon } from '../ui/icon.tsx';

interface Away {
  readonly since: Date;
  readonly versions: ReadonlyMap<string, number>;
}

/** Interruptions that are over before anybody has noticed are not told of. */
const UNNOTICED_MS = 1_500;
/** What came meanwhile arrives a moment after the connection; where network or server are slow it is counted again. */
const COUNTED_MS = [1_000, 3_000, 10_000];

const versionsOf = ({ files }: FilesSnapshot): Map<string, number> =>
  new Map(files.map(({ id, version }) => [id, version]));

function countChanges(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): number {
  const changed = [...after].filter(([id, version]) => before.get(id) !== version).length;
  return changed + [...before.keys()].filter((id) => !after.has(id)).length;
}

/** What was away, and until when. */
function useCaughtUp(list: FilesSnapshot): readonly [text: string | null, dismiss: () => void] {
  const away = useRef<Away | null>(null);
  const latest = useRef(list);
  const wasLive = useRef(false);
  const timers = useRef<ReturnType<typeof setTimeout>[]>([]);
  const [text, setText] = useState<string | null>(null);
  latest.current = list;
  const stop = (): void => timers.current.forEach(clearTimeout);
  const isAway = list.status === 'reconnecting' || list.status === 'offline';
  useEffect(() => {
    if (isAway && wasLive.current) {
      away.current ??= { since: list.since, versions: versionsOf(list) };
      setText(null);
    }
    if (list.status !== 'live') return;
    wasLive.current = true;
    const left = away.current;
    away.current = null;
    if (left === null || list.since.getTime() - left.since.getTime() < UNNOTICED_MS) return;
    const duration = formatDuration(Math.round((list.since.getTime() - left.since.getTime()) / 1_000));
    const count = (): void =>
      setText(TEXTS.caughtUp(duration, countChanges(left.versions, versionsOf(latest.current))));
    timers.current = COUNTED_MS.map((ms) => setTimeout(count, ms));
    return stop;
    // The list itself changes all the time; only a change of its status counts here.
  }, [list.status]);
  const dismiss = (): void => {
    stop();
    setText(null);
  };
  return [text, dismiss];
}

export function StreamBanner({ list }: { readonly list: FilesSnapshot }) {
  const [caughtUp, dismiss] = useCaughtUp(list);
  const { status, since } = list;
  const away =
    status === 'offline'
      ? TEXTS.offline(formatTime(since))
      : status === 'reconnecting'
        ? TEXTS.away(formatTime(since))
        : null;
  return (
    <div role="status" className="banners">
      {away !== null && (
        <p className="banner" data-kind="away">
          <Icon name="warning" />
          <span>{away}</span>
        </p>
      )}
      {away === null && caughtUp !== null && (
        <p className="banner" data-kind="back">
          <Icon name="check" />
          <span>{caughtUp}</span>
          <button type="button" className="button quiet" aria-label={TEXTS.dismiss} onClick={dismiss}>
            <Icon name="close" />
          </button>
        </p>
      )}
    </div>
  );
}
