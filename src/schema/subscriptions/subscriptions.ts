// The three subscriptions: thin mappings of the feed's streams. What they resolve to is shared by all who hear the same
// (docs/adr/0012): it may depend on the event and on rights, and not on who asks or with which arguments.
import { type ChangeFilter, LOGGED_CHANGES } from '../../feed/change.ts';
import { FileNotFound } from '../../feed/feed.ts';
import { authorize } from '../authorize.ts';
import { builder } from '../builder.ts';
import { FileChangeKindEnum, FileStateEnum } from '../enums.ts';
import { decodeFileId } from '../ids.ts';
import { FileChange } from '../types/file-change.ts';
import { File } from '../types/file.ts';
import { UploadProgress } from '../types/upload-progress.ts';
import { requireFileId } from '../validate.ts';
import { inSlot } from './slots.ts';

const FileChangeFilter = builder.inputType('FileChangeFilter', {
  description: 'Which changes to hear of; every part that is given must hold.',
  fields: (t) => ({
    ids: t.idList({ description: 'Changes of these files.' }),
    states: t.field({ type: [FileStateEnum], description: 'The state after the change is one of these.' }),
    kinds: t.field({ type: [FileChangeKindEnum], description: 'All but PROGRESSED if not given.' }),
  }),
});

function toFilter(input: typeof FileChangeFilter.$inferInput | null | undefined): ChangeFilter {
  const { ids, states, kinds } = input ?? {};
  return {
    ids: ids == null ? null : new Set(ids.map((id) => requireFileId('filter.ids', id))),
    states: states == null ? null : new Set(states),
    kinds: kinds == null ? LOGGED_CHANGES.kinds : new Set(kinds),
  };
}

/** An id that is none of ours is answered like that of a file that never was. */
function toFileId(id: string): string {
  const fileId = decodeFileId(id);
  if (fileId === null) throw new FileNotFound();
  return fileId;
}

builder.subscriptionField('file', (t) =>
  t.field({
    type: File,
    description:
      'Snapshot, then tail: the file as it is now, at once, and again as of every transition. Ends when it is deleted.',
    args: { id: t.arg.id({ required: true, description: 'The id of a file.' }) },
    subscribe: (_root, { id }, context) => {
      const { tenant } = authorize(context, 'read');
      return inSlot(context, () => context.feed.file(tenant, toFileId(id)));
    },
    resolve: (file) => file,
  }),
);

builder.subscriptionField('uploadProgress', (t) =>
  t.field({
    type: UploadProgress,
    description:
      'Snapshot, then at most 10 a second, newest wins. Ends after the file is INDEXED or FAILED, or is deleted.',
    args: { id: t.arg.id({ required: true, description: 'The id of a file.' }) },
    subscribe: (_root, { id }, context) => {
      const { tenant } = authorize(context, 'read');
      return inSlot(context, () => context.feed.uploadProgress(tenant, toFileId(id)));
    },
    resolve: (progress) => progress,
  }),
);

builder.subscriptionField('fileChanges', (t) =>
  t.field({
    type: FileChange,
    description:
      'Every committed change that matches, once, in order, from `after` on (exclusive); without it, from now on. ' +
      'With `after` older than the log keeps: the error CURSOR_EXPIRED. From another feed or malformed: INVALID_CURSOR.',
    args: {
      filter: t.arg({ type: FileChangeFilter, description: 'Which changes.' }),
      after: t.arg({ type: 'Cursor', description: 'Go on after the change with this cursor.' }),
    },
    subscribe: (_root, { filter, after }, context) => {
      const { tenant } = authorize(context, 'read');
      // An EventSource repeats the URL it began with; how far it has come is in Last-Event-ID.
      const { feed, stream, lastEventId } = context;
      const from = lastEventId ?? after ?? feed.cursorAt(feed.head);
      stream.cursor = from;
      return inSlot(context, () => feed.changes(tenant, toFilter(filter), from));
    },
    resolve: (change, _args, { feed, stream }) => {
      stream.cursor = feed.cursorAt(change.position);
      return change;
    },
  }),
);
