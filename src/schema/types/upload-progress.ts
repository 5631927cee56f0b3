// How far an upload has come.
import type { UploadProgress as Shape } from '../../feed/change.ts';
import { builder } from '../builder.ts';
import { FileStateEnum } from '../enums.ts';
import { encodeId } from '../ids.ts';

export const UploadProgress = builder.objectRef<Shape>('UploadProgress').implement({
  description: 'How far an upload has come.',
  fields: (t) => ({
    fileId: t.id({ description: 'The file.', resolve: ({ fileId }) => encodeId('File', fileId) }),
    state: t.expose('state', { type: FileStateEnum, description: 'The state of the file.' }),
    bytesReceived: t.expose('bytesReceived', { type: 'SafeInt', description: 'Bytes received so far.' }),
    size: t.expose('size', { type: 'SafeInt', nullable: true, description: 'Declared length in bytes, if known.' }),
    bytesPerSecond: t.exposeFloat('bytesPerSecond', {
      nullable: true,
      description: 'Rate over the last seconds; null until known.',
    }),
    etaSeconds: t.exposeFloat('etaSeconds', {
      nullable: true,
      description: 'Seconds until the last byte at this rate; null until known.',
    }),
  }),
});
