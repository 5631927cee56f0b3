// Checks the promises against what clients sent and saw, in linear time: what was acknowledged is in the table, and each
// subscriber saw each change of the table once, in feed order, versions of a file in order.

/** A row of the log, in feed order. */
export interface Row {
  readonly fileId: string;
  readonly version: number;
  readonly attemptId: string;
  readonly kind: string;
}

export interface Acknowledged {
  readonly fileId: string;
  readonly version: number;
  readonly attemptId: string;
}

/** A change as it arrived at a subscriber. */
export interface Seen {
  readonly fileId: string;
  readonly version: number;
}

export interface Verdict {
  readonly acknowledged: number;
  readonly rows: number;
  readonly seen: number;
  /** Acknowledged, but not in the table; or in the table, but not seen by a subscriber. */
  readonly lost: number;
  /** Seen more than once by one subscriber; or one attempt with two rows. */
  readonly twice: number;
  /** Seen after something that is behind it in the feed; or a gap in the versions of a file. */
  readonly outOfOrder: number;
  /** TRANSITIONED rows that no client was told of in the end. */
  readonly unacknowledged: number;
}

const nameOf = ({ fileId, version }: Seen): string => `${fileId} ${version}`;

interface Tally {
  lost: number;
  twice: number;
  outOfOrder: number;
}

function checkTable(rows: readonly Row[], tally: Tally): void {
  const versions = new Map<string, number>();
  const attempts = new Set<string>();
  for (const { fileId, version, attemptId } of rows) {
    if (version !== (versions.get(fileId) ?? -1) + 1) tally.outOfOrder += 1;
    versions.set(fileId, version);
    if (attempts.has(attemptId)) tally.twice += 1;
    attempts.add(attemptId);
  }
}

function checkSubscriber(places: ReadonlyMap<string, number>, seen: readonly Seen[], tally: Tally): void {
  const known = new Set<number>();
  let last = -1;
  for (const change of seen) {
    const place = places.get(nameOf(change));
    if (place === undefined) {
      tally.outOfOrder += 1; // told of what was never committed
      continue;
    }
    if (known.has(place)) tally.twice += 1;
    else if (place < last) tally.outOfOrder += 1;
    known.add(place);
    last = Math.max(last, place);
  }
  tally.lost += places.size - known.size;
}

/** `rows`: everything each subscriber should have seen; every subscriber began before the first of them. */
export function judge(
  rows: readonly Row[],
  acknowledged: readonly Acknowledged[],
  subscribers: readonly (readonly Seen[])[],
): Verdict {
  const tally: Tally = { lost: 0, twice: 0, outOfOrder: 0 };
  checkTable(rows, tally);
  const attempts = new Map(rows.map((row) => [row.attemptId, nameOf(row)]));
  const told = new Set<string>();
  for (const each of acknowledged) {
    if (attempts.get(each.attemptId) !== nameOf(each)) tally.lost += 1;
    told.add(each.attemptId);
  }
  const places = new Map(rows.map((row, place) => [nameOf(row), place]));
  for (const seen of subscribers) checkSubscriber(places, seen, tally);
  return {
    ...tally,
    acknowledged: told.size,
    rows: rows.length,
    seen: subscribers.reduce((sum, seen) => sum + seen.length, 0),
    unacknowledged: rows.filter(({ kind, attemptId }) => kind === 'TRANSITIONED' && !told.has(attemptId)).length,
  };
}
