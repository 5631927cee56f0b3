// A cursor names a place in one feed: the changes after it come next. Opaque to clients, valid on any replica.
import { DomainError } from '../errors.ts';
import type { Place } from './place.ts';

type CursorErrorCode = 'CURSOR_EXPIRED' | 'FEED_FORKED' | 'INVALID_CURSOR';

/** A subscription cannot begin at its cursor, or cannot go on. */
export class CursorError extends DomainError<CursorErrorCode> {
  /** CURSOR_EXPIRED: the oldest cursor from which the feed can still be read. */
  readonly oldestCursor: string | null;
  /** FEED_FORKED: the cursor to go on from once everything was read anew. */
  readonly feedCursor: string | null;

  constructor(
    code: CursorErrorCode,
    message: string,
    { oldestCursor = null, feedCursor = null }: { oldestCursor?: string | null; feedCursor?: string | null } = {},
  ) {
    super(code, message);
    this.oldestCursor = oldestCursor;
    this.feedCursor = feedCursor;
  }
}

/** Feed, position, fingerprint. Cursors of the release before have no fingerprint: they are read for one more release. */
const FORMAT = /^([0-9a-f-]{36}):(0|[1-9]\d{0,15})(?::([0-9a-f]{8}))?$/;

export function encodeCursor(feedId: string, { position, fingerprint }: Place): string {
  const hex = (fingerprint >>> 0).toString(16).padStart(8, '0');
  return Buffer.from(`${feedId}:${position}:${hex}`).toString('base64url');
}

export const invalidCursor = (): CursorError =>
  new CursorError('INVALID_CURSOR', 'This cursor is not one of this feed.');

/** `oldest`: the last place that was pruned, or that cannot be read. */
export const cursorExpired = (feedId: string, oldest: Place): CursorError =>
  new CursorError('CURSOR_EXPIRED', 'The log no longer reaches back to this cursor.', {
    oldestCursor: encodeCursor(feedId, oldest),
  });

/** `head`: the newest place of the feed as it is now. */
export const feedForked = (feedId: string, head: Place): CursorError =>
  new CursorError(
    'FEED_FORKED',
    'The log was taken back: changes that this cursor had seen may never have been. Read everything anew, and replace ' +
      'what you have whatever its version.',
    { feedCursor: encodeCursor(feedId, head) },
  );

export interface ParsedCursor {
  /** It may be beyond the head of the feed. */
  readonly position: number;
  /** Null in a cursor of the release before. */
  readonly fingerprint: number | null;
}

/** @throws CursorError INVALID_CURSOR when it is malformed or of another feed */
export function parseCursor(cursor: string, feedId: string): ParsedCursor {
  const [, feed, digits, hex] = FORMAT.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  if (feed !== feedId) throw invalidCursor();
  return { position: Number(digits), fingerprint: hex === undefined ? null : Number.parseInt(hex, 16) | 0 };
}
