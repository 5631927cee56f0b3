// The three subscriptions, each a stream of the feed. Subscribers share what an event resolves to (docs/adr/0012), so it may
// depend on the event and on the caller's audience (src/graphql/audience.ts), but not on the caller or the arguments.
import { type ChangeFilter, LOGGED_CHANGES } from '../../feed/change.ts';
import { FileNotFound } from '../../feed/snapshot.ts';
import { findIssues } from '../../lifecycle/input.ts';
import { fileIdFault } from '../../lifecycle/input-rules.ts';
import { builder } from '../builder.ts';
import { FileChangeKindEnum, FileStateEnum } from '../enums.ts';
import { decodeFileId } from '../../ids.ts';
import { FileChange } from '../types/file-change.ts';
import { File } from '../types/file.ts';
import { UploadProgress } from '../types/upload-progress.ts';
import { throwRefusal } from '../request-error.ts';
import { openInSlot } from './slots.ts';

const FileChangeFilter = builder.inputType('FileChangeFilter', {
  description: 'Selects changes; all given conditions must match.',
  fields: (t) => ({
    ids: t.idList({ description: 'Changes of these files.' }),
    states: t.field({ type: [FileStateEnum], description: 'Changes after which the file is in one of these states.' }),
    follow: t.boolean({
      description:
        'With `states`: also the change with which a file leaves these states, so that a list of them stays complete. ' +
        'Default: false.',
    }),
    kinds: t.field({ type: [FileChangeKindEnum], description: 'Changes of these kinds. Default: all but PROGRESSED.' }),
  }),
});

function toFilter(input: typeof FileChangeFilter.$inferInput | null | undefined): ChangeFilter {
  const { ids, states, follow, kinds } = input ?? {};
  for (const id of ids ?? []) throwRefusal(findIssues(['filter.ids', fileIdFault('filter.ids', id)]));
  return {
    ids: ids == null ? null : new Set(ids.map((id) => decodeFileId(id)!)),
    states: states == null ? null : new Set(states),
    follow: follow ?? false,
    kinds: kinds == null ? LOGGED_CHANGES.kinds : new Set(kinds),
  };
}

/** A malformed id is answered like the id of a file that does not exist. */
function toFileId(id: string): string {
  const fileId = decodeFileId(id);
  if (fileId === null) throw new FileNotFound();
  return fileId;
}

builder.subscriptionField('file', (t) =>
  t.field({
    type: File,
    description: 'The current file at once, then the file as of every transition. Completes when the file is deleted.',
    args: { id: t.arg.id({ required: true, description: 'The id of the file.' }) },
    subscribe: (_root, { id }, context) =>
      openInSlot(context, () => context.feed.file(context.principal.tenant, toFileId(id))),
    resolve: (file) => file,
  }),
);

builder.subscriptionField('uploadProgress', (t) =>
  t.field({
    type: UploadProgress,
    description:
      'The current progress at once, then the latest progress at most 10 times a second. Completes after the file is ' +
      'INDEXED or FAILED, or is deleted.',
    args: { id: t.arg.id({ required: true, description: 'The id of the file.' }) },
    subscribe: (_root, { id }, context) =>
      openInSlot(context, () => context.feed.uploadProgress(context.principal.tenant, toFileId(id))),
    resolve: (progress) => progress,
  }),
);

builder.subscriptionField('fileChanges', (t) =>
  t.field({
    type: FileChange,
    description:
      'Every committed change that matches, exactly once and in order, after the cursor `after` or, without it, from now ' +
      'on. Fails with CURSOR_EXPIRED if the change log no longer reaches back to `after`, and with INVALID_CURSOR if ' +
      '`after` is malformed or from another feed. Fails with FEED_FORKED if the log was taken back (a failover, a restore) ' +
      'and no longer holds what was seen: read everything anew, replace what you have whatever its version, and go on from ' +
      '`extensions.feedCursor`.',
    args: {
      filter: t.arg({ type: FileChangeFilter, description: 'Which changes to receive. Default: all but progress.' }),
      after: t.arg({ type: 'Cursor', description: 'Resume after the change with this cursor.' }),
    },
    subscribe: (_root, { filter, after }, context) => {
      // An EventSource reconnects with its original URL and sends its position in Last-Event-ID.
      const { feed, stream, lastEventId } = context;
      const from = lastEventId ?? after ?? feed.cursorAt(feed.place);
      stream.cursor = from;
      return openInSlot(context, () => feed.changes(context.principal.tenant, toFilter(filter), from));
    },
    resolve: (change, _args, { feed, stream }) => {
      stream.cursor = feed.cursorAt(change);
      return change;
    },
  }),
);
