// The type UploadProgress.
import type { UploadProgress as Shape } from '../../feed/change.ts';
import { builder } from '../builder.ts';
import { FileStateEnum, ProgressPhaseEnum } from '../enums.ts';
import { encodeId } from '../../ids.ts';

export const UploadProgress = builder.objectRef<Shape>('UploadProgress').implement({
  description: 'The progress of an upload, and of the processing after it.',
  fields: (t) => ({
    fileId: t.id({ description: 'The id of the file.', resolve: ({ fileId }) => encodeId('File', fileId) }),
    state: t.expose('state', { type: FileStateEnum, description: 'The state of the file.' }),
    bytesReceived: t.expose('bytesReceived', { type: 'SafeInt', description: 'Bytes received so far.' }),
    size: t.expose('size', {
      type: 'SafeInt',
      nullable: true,
      description: 'Declared length in bytes; null if unknown.',
    }),
    bytesPerSecond: t.exposeFloat('bytesPerSecond', {
      nullable: true,
      description: 'The rate over the last seconds; null until known.',
    }),
    phase: t.expose('phase', { type: ProgressPhaseEnum, description: 'What the file is doing.' }),
    fraction: t.exposeFloat('fraction', {
      nullable: true,
      description: 'How much of the phase is done, 0 to 1; null while that is not known.',
    }),
    message: t.exposeString('message', {
      nullable: true,
      description: 'What the worker is doing, in its words.',
    }),
    etaSeconds: t.exposeFloat('etaSeconds', {
      nullable: true,
      description: 'Seconds until the last byte arrives at this rate; null until known.',
    }),
  }),
});
