// A file, as it is now or as of a change.
import type { FileSnapshot } from '../../entities/file-snapshot.ts';
import { hasContent } from '../../uploads/content.ts';
import { builder } from '../builder.ts';
import { FileStateEnum, LifecycleEventEnum, TransferModeEnum } from '../enums.ts';
import { encodeId } from '../ids.ts';
import { Failure } from './failure.ts';

const wantsBytes = ({ transfer, state }: FileSnapshot): boolean =>
  transfer === 'MANAGED' && (state === 'UNTRACKED' || state === 'UPLOADING');

const urlOf = (baseUrl: string, room: 'uploads' | 'files', { id }: FileSnapshot): string =>
  `${baseUrl}/${room}/${encodeId('File', id)}`;

export const File = builder.loadableNodeRef('File', {
  id: { resolve: (file: FileSnapshot) => file.id },
  load: async (ids: string[], { reader, principal }): Promise<(FileSnapshot | null)[]> => {
    const files = await reader.readFiles(principal.tenant, ids);
    const byId = new Map(files.map((file) => [file.id, file]));
    return ids.map((id) => byId.get(id) ?? null);
  },
});

builder.objectType(File, {
  description: 'A file whose life this service owns.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'As registered; never used as a path.' }),
    contentType: t.exposeString('contentType', { description: 'Media type, as registered.' }),
    transfer: t.expose('transfer', { type: TransferModeEnum, description: 'Which way its bytes go.' }),
    size: t.expose('size', {
      type: 'SafeInt',
      nullable: true,
      description: 'Declared length in bytes; null while unknown (EXTERNAL only).',
    }),
    bytesReceived: t.expose('bytesReceived', {
      type: 'SafeInt',
      description: 'Bytes received so far. It moves without a new version: subscribe to uploadProgress to watch it.',
    }),
    sha256: t.exposeString('sha256', {
      nullable: true,
      description: 'Lower-case hex; declared at registration, or computed when the last byte arrived.',
    }),
    state: t.expose('state', { type: FileStateEnum, description: 'Where it stands in its life.' }),
    version: t.exposeInt('version', {
      description: 'Transitions applied: 0 when registered, then +1 each, no gaps.',
    }),
    attempts: t.exposeInt('attempts', { description: 'Uploads started.' }),
    maxAttempts: t.exposeInt('maxAttempts', { description: 'Uploads that may be started before RETRY is refused.' }),
    failure: t.expose('failure', {
      type: Failure,
      nullable: true,
      description: 'Why it is FAILED; set exactly while it is.',
    }),
    allowedEvents: t.field({
      type: [LifecycleEventEnum],
      description: 'What the machine accepts now, guards included.',
      resolve: (file, _args, { engine }) => [...engine.allowedEvents(file.state, file)],
    }),
    uploadUrl: t.string({
      nullable: true,
      description: 'MANAGED and still wanting bytes: where to send them (tus).',
      resolve: (file, _args, { baseUrl }) => (wantsBytes(file) ? urlOf(baseUrl, 'uploads', file) : null),
    }),
    contentUrl: t.string({
      nullable: true,
      description: 'Where the bytes can be read, once they are complete.',
      resolve: (file, _args, { baseUrl }) => (hasContent(file) ? urlOf(baseUrl, 'files', file) : null),
    }),
    metadata: t.expose('metadata', { type: 'JSONObject', description: "The client's own, at most 16 KiB." }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was registered.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When anything of it last changed.' }),
  }),
});
