// What one replica tells the others once it has given positions, as bytes: the head of the feed, and the changes too if they are
// few enough. Parsed strictly: what is not exactly as it should be is no batch, and its changes are read from PostgreSQL.
import { textOf, JsonText } from '../../entities/json-text.ts';
import type { LoggedChange } from '../change.ts';
import { placeOf } from '../place.ts';
import { weightOf } from '../weight.ts';
import type { Batch, FeedSignal } from './notifier.ts';
import { type PrintedChange, isPlace, isPosition, isPrintedChange } from './shapes.ts';

/** Of everything but its JSON, about. */
const CHANGE_BYTES = 512;

/** @param maxBytes of a signal; one that would be longer carries the head alone */
export function printSignal({ head, batch }: FeedSignal, maxBytes: number): Buffer {
  const alone = Buffer.from(JSON.stringify({ head }));
  if (batch === null || !mayFit(batch, maxBytes)) return alone;
  const whole = Buffer.from(
    JSON.stringify({ head, after: placeOf(batch.after), changes: batch.changes.map(printChange) }),
  );
  return whole.length > maxBytes ? alone : whole;
}

/** @returns null for what is no signal; a batch that is not one is null, and counts as lost */
export function parseSignal(text: string): FeedSignal | null {
  const { head, after, changes } = (parseJson(text) ?? {}) as Record<string, unknown>;
  if (!isPosition(head)) return null;
  return { head, batch: parseBatch(after, changes) };
}

/** A position in decimal. */
export const parseHead = (text: string): number | null =>
  /^(?:0|[1-9]\d{0,15})$/.test(text) && isPosition(Number(text)) ? Number(text) : null;

/** A row that cannot be read is left to those who can say so, from PostgreSQL. */
const mayFit = ({ changes }: Batch, maxBytes: number): boolean =>
  !changes.some(({ isDamaged }) => isDamaged === true) &&
  changes.reduce((sum, change) => sum + weightOf(change) + CHANGE_BYTES, 0) <= maxBytes;

const printChange = ({ file, ...change }: LoggedChange): PrintedChange => ({
  ...change,
  file: { ...file, metadata: textOf(file.metadata), properties: textOf(file.properties) },
});

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function parseBatch(after: unknown, changes: unknown): Batch | null {
  if (!isPlace(after) || !Array.isArray(changes) || !changes.every(isPrintedChange)) return null;
  const isInOrder = changes.every(({ position }, at) => position === after.position + 1 + at);
  if (!isInOrder || !changes.every(isWhole)) return null;
  try {
    return { after: placeOf(after), changes: changes.map(toChange) };
  } catch {
    return null; // long JSON is parsed
  }
}

/** The parts are of one change, and nothing says that it could not be read. */
const isWhole = ({ fileId, version, kind, file, transition, ...others }: PrintedChange): boolean =>
  !('isDamaged' in others) &&
  file.id === fileId &&
  (transition === null) === (kind !== 'TRANSITIONED') &&
  (transition === null || (transition.fileId === fileId && transition.version === version));

const toChange = ({ file, ...change }: PrintedChange): LoggedChange => ({
  ...change,
  file: { ...file, metadata: new JsonText(file.metadata), properties: new JsonText(file.properties) },
});
