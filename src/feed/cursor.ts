// A cursor names a position in one feed: the changes after it come next. Opaque to clients, valid on any replica.
import { DomainError } from '../errors.ts';

/** A subscription cannot begin at its cursor, or has fallen behind what is kept. */
export class CursorError extends DomainError<'CURSOR_EXPIRED' | 'INVALID_CURSOR'> {
  /** CURSOR_EXPIRED: the oldest cursor from which the feed can still be read. */
  readonly oldestCursor: string | null;

  constructor(code: 'CURSOR_EXPIRED' | 'INVALID_CURSOR', message: string, oldestCursor: string | null = null) {
    super(code, message);
    this.oldestCursor = oldestCursor;
  }
}

const FORMAT = /^([0-9a-f-]{36}):(0|[1-9]\d{0,15})$/;

export function encodeCursor(feedId: string, position: number): string {
  return Buffer.from(`${feedId}:${position}`).toString('base64url');
}

export const invalidCursor = (): CursorError =>
  new CursorError('INVALID_CURSOR', 'This cursor is not one of this feed.');

/** `pruned`: the last position that was pruned. */
export const cursorExpired = (feedId: string, pruned: number): CursorError =>
  new CursorError('CURSOR_EXPIRED', 'The log no longer reaches back to this cursor.', encodeCursor(feedId, pruned));

/**
 * The position in a cursor. It may be beyond the head of the feed.
 * @throws CursorError INVALID_CURSOR when it is malformed or of another feed
 */
export function parseCursor(cursor: string, feedId: string): number {
  const [, feed, digits] = FORMAT.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  if (feed !== feedId) throw invalidCursor();
  return Number(digits);
}
