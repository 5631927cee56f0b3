// Compares what clients sent and saw with the log, in linear time: what was acknowledged is in the log, and each
// subscriber saw each change of the log once, in feed order, versions of a file in order.

/** A row of the log, in feed order. */
export interface LogRow {
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

export interface Findings {
  readonly acknowledged: number;
  readonly rows: number;
  readonly seen: number;
  /** Acknowledged but not in the log, or in the log but not seen by a subscriber. */
  readonly lost: number;
  /** Seen more than once by one subscriber, or an attempt with two rows. */
  readonly twice: number;
  /** Seen after a later change of the feed, or never committed, or a gap in the versions of a file. */
  readonly outOfOrder: number;
  /** TRANSITIONED rows that were not acknowledged to any client. */
  readonly unacknowledged: number;
}

const nameOf = ({ fileId, version }: Seen): string => `${fileId} ${version}`;

interface Tally {
  lost: number;
  twice: number;
  outOfOrder: number;
}

function checkLog(rows: readonly LogRow[], tally: Tally): void {
  const versions = new Map<string, number>();
  const attempts = new Set<string>();
  for (const { fileId, version, attemptId } of rows) {
    if (version !== (versions.get(fileId) ?? -1) + 1) tally.outOfOrder += 1;
    versions.set(fileId, version);
    if (attempts.has(attemptId)) tally.twice += 1;
    attempts.add(attemptId);
  }
}

function checkSubscriber(positions: ReadonlyMap<string, number>, seen: readonly Seen[], tally: Tally): void {
  const known = new Set<number>();
  let last = -1;
  for (const change of seen) {
    const position = positions.get(nameOf(change));
    if (position === undefined) {
      tally.outOfOrder += 1; // it was never committed
      continue;
    }
    if (known.has(position)) tally.twice += 1;
    else if (position < last) tally.outOfOrder += 1;
    known.add(position);
    last = Math.max(last, position);
  }
  tally.lost += positions.size - known.size;
}

/** `rows`: what each subscriber should have seen; every subscriber began before the first of them. */
export function checkHistory(
  rows: readonly LogRow[],
  acknowledged: readonly Acknowledged[],
  subscribers: readonly (readonly Seen[])[],
): Findings {
  const tally: Tally = { lost: 0, twice: 0, outOfOrder: 0 };
  checkLog(rows, tally);
  const attempts = new Map(rows.map((row) => [row.attemptId, nameOf(row)]));
  const acknowledgedAttempts = new Set<string>();
  for (const each of acknowledged) {
    if (attempts.get(each.attemptId) !== nameOf(each)) tally.lost += 1;
    acknowledgedAttempts.add(each.attemptId);
  }
  const positions = new Map(rows.map((row, position) => [nameOf(row), position]));
  for (const seen of subscribers) checkSubscriber(positions, seen, tally);
  return {
    ...tally,
    acknowledged: acknowledgedAttempts.size,
    rows: rows.length,
    seen: subscribers.reduce((sum, seen) => sum + seen.length, 0),
    unacknowledged: rows.filter(
      ({ kind, attemptId }) => kind === 'TRANSITIONED' && !acknowledgedAttempts.has(attemptId),
    ).length,
  };
}
