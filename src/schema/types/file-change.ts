// The changes that subscribers receive.
import type { Change, LoggedChange, ProgressChange } from '../../feed/change.ts';
import { builder } from '../builder.ts';
import { FileChangeKindEnum } from '../enums.ts';
import { encodeId } from '../../ids.ts';
import { File } from './file.ts';
import { Transition } from './transition.ts';
import { UploadProgress } from './upload-progress.ts';

const TYPE_OF_KIND = {
  REGISTERED: 'FileRegistered',
  TRANSITIONED: 'FileTransitioned',
  PROGRESSED: 'FileProgressed',
  DELETED: 'FileDeleted',
} as const;

export const FileChange = builder.interfaceRef<Change>('FileChange').implement({
  description: 'A change of a file, as sent to subscribers.',
  resolveType: ({ kind }) => TYPE_OF_KIND[kind],
  fields: (t) => ({
    cursor: t.field({
      type: 'Cursor',
      description: 'The position of the change in the stream: pass it as `after` to resume here.',
      resolve: (change, _args, { feed }) => feed.cursorAt(change),
    }),
    kind: t.expose('kind', { type: FileChangeKindEnum, description: 'The kind of change.' }),
    fileId: t.id({ description: 'The id of the file.', resolve: ({ fileId }) => encodeId('File', fileId) }),
    occurredAt: t.expose('occurredAt', { type: 'DateTime', description: 'When the change was made.' }),
  }),
});

const FileChangeWithFile = builder.interfaceRef<Change>('FileChangeWithFile').implement({
  description: 'A change that comes with its file: every kind but DELETED. One fragment on it serves all of them.',
  interfaces: [FileChange],
  resolveType: ({ kind }) => TYPE_OF_KIND[kind],
  fields: (t) => ({
    file: t.field({
      type: File,
      description: 'The file as of this change; for FileProgressed, as it is when the change is delivered.',
      // A change in the log carries its file; the row of a file in progress is loaded by its id.
      resolve: (change) => ('file' in change ? change.file : change.fileId),
    }),
  }),
});

builder.objectRef<LoggedChange>('FileRegistered').implement({
  description: 'A file was registered.',
  interfaces: [FileChange, FileChangeWithFile],
});

builder.objectRef<LoggedChange>('FileTransitioned').implement({
  description: 'A file moved from one state to another; file.version equals transition.version.',
  interfaces: [FileChange, FileChangeWithFile],
  fields: (t) => ({
    transition: t.field({
      type: Transition,
      description: 'The transition.',
      resolve: ({ transition, position }) => {
        if (transition === null) throw new TypeError(`change ${position} has no transition`);
        return transition;
      },
    }),
  }),
});

builder.objectRef<ProgressChange>('FileProgressed').implement({
  description:
    'More bytes arrived. Not stored in the change log: only the latest progress is delivered, with the cursor of the latest ' +
    'stored change.',
  interfaces: [FileChange, FileChangeWithFile],
  fields: (t) => ({
    progress: t.expose('progress', { type: UploadProgress, description: 'The progress of the upload.' }),
  }),
});

builder.objectRef<LoggedChange>('FileDeleted').implement({
  description: 'A file was deleted. No further change of it follows.',
  interfaces: [FileChange],
});
