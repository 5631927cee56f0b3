// The messages of the live stream.
import type { Change, LoggedChange, ProgressChange } from '../../feed/change.ts';
import { builder } from '../builder.ts';
import { FileChangeKindEnum } from '../enums.ts';
import { encodeId } from '../ids.ts';
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
  description: 'A message of the live stream.',
  resolveType: ({ kind }) => TYPE_OF_KIND[kind],
  fields: (t) => ({
    cursor: t.field({
      type: 'Cursor',
      description: 'Its place in the stream: subscribe after it to go on from here.',
      resolve: ({ position }, _args, { feed }) => feed.cursorAt(position),
    }),
    kind: t.expose('kind', { type: FileChangeKindEnum, description: 'What it tells.' }),
    fileId: t.id({ description: 'The file it tells of.', resolve: ({ fileId }) => encodeId('File', fileId) }),
    occurredAt: t.expose('occurredAt', { type: 'DateTime', description: 'When it happened.' }),
  }),
});

const AS_OF = 'The file as of this change, not as of when the message is sent.';

builder.objectRef<LoggedChange>('FileRegistered').implement({
  description: 'A file was registered.',
  interfaces: [FileChange],
  fields: (t) => ({ file: t.expose('file', { type: File, description: AS_OF }) }),
});

builder.objectRef<LoggedChange>('FileTransitioned').implement({
  description: 'A file moved; file.version equals transition.version.',
  interfaces: [FileChange],
  fields: (t) => ({
    file: t.expose('file', { type: File, description: AS_OF }),
    transition: t.field({
      type: Transition,
      description: 'The move.',
      resolve: ({ transition, position }) => {
        if (transition === null) throw new TypeError(`change ${position} is no transition`);
        return transition;
      },
    }),
  }),
});

builder.objectRef<ProgressChange>('FileProgressed').implement({
  description: 'More bytes have arrived. Not in the log: newest wins, and its cursor is the latest logged one.',
  interfaces: [FileChange],
  fields: (t) => ({ progress: t.expose('progress', { type: UploadProgress, description: 'How far it has come.' }) }),
});

builder.objectRef<LoggedChange>('FileDeleted').implement({
  description: 'A file was deleted. Nothing more will be heard of it.',
  interfaces: [FileChange],
});
