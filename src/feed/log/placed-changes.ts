// The changes of a batch that has given them positions, as the log will be read: nobody need read them again.
import { JSON_COLUMNS, type FileSnapshot } from '../../entities/file-snapshot.ts';
import { type JsonObject, JsonText, textOf } from '../../entities/json-text.ts';
import { transitionOf } from '../../lifecycle/batch/batch.ts';
import type { NewChange } from '../../lifecycle/batch/writes.ts';
import type { LoggedChange } from '../change.ts';
import type { Place } from '../place.ts';

/**
 * @param places of the changes, in their order, and perhaps of others
 * @returns null when they have to be read: others are among them, or the database prints JSON of theirs in another way
 */
export function changesAt(places: readonly Place[], changes: readonly NewChange[]): LoggedChange[] | null {
  if (places.length !== changes.length || !changes.every(isAsStored)) return null;
  return changes.map((change, at) => toChange(change, places[at]!));
}

/** Its JSON is empty or text of the database, not what a client has sent. */
const isAsStored = ({ file }: NewChange): boolean =>
  JSON_COLUMNS.every((name) => file[name] instanceof JsonText || isEmpty(file[name]));

const EMPTY = '{}';
const isEmpty = (json: JsonObject): boolean => textOf(json) === EMPTY;

function toChange(change: NewChange, { position, fingerprint }: Place): LoggedChange {
  const { kind, tenant, fileId, version, event, file } = change;
  const transition = event == null ? null : transitionOf(change);
  const occurredAt = change.occurredAt.toISOString();
  return { fileId, version, occurredAt, position, fingerprint, kind, tenant, transition, file: asRead(file) };
}

/** Properties that are empty are not in the log, and metadata always is. */
const asRead = ({ metadata, properties, ...file }: FileSnapshot): FileSnapshot => ({
  ...file,
  metadata: isEmpty(metadata) ? new JsonText(EMPTY) : metadata,
  properties: isEmpty(properties) ? {} : properties,
});
