// The type File: a file as it is now, or as of a change.
import type { FileSnapshot, ListedFile } from '../../entities/file-snapshot.ts';
import { wantsBytes } from '../../fsm/tags.ts';
import { builder } from '../builder.ts';
import { FileStateEnum, LifecycleEventEnum, TransferModeEnum } from '../enums.ts';
import { requireSeconds, urlOf } from '../file-urls.ts';
import { Failure } from './failure.ts';
import { Processing } from './processing.ts';

/** As of a change, as it is now, or of a list. */
type AnyFile = FileSnapshot | ListedFile;

const isUploadable = ({ transfer, state }: AnyFile): boolean => transfer === 'MANAGED' && wantsBytes(state);

export const File = builder.loadableNodeRef('File', {
  id: { resolve: (file: AnyFile) => file.id },
  load: (ids: string[], { reader, principal }): Promise<(AnyFile | null)[]> =>
    Promise.all(ids.map((id) => reader.readFile(principal.tenant, id))),
});

builder.objectType(File, {
  description: 'A file whose lifecycle this service owns.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The registered name. Never used as a path.' }),
    contentType: t.exposeString('contentType', { description: 'The registered media type.' }),
    transfer: t.expose('transfer', { type: TransferModeEnum, description: 'How the bytes are transferred.' }),
    size: t.expose('size', {
      type: 'SafeInt',
      nullable: true,
      description: 'Declared length in bytes; null if unknown (EXTERNAL only).',
    }),
    bytesReceived: t.expose('bytesReceived', {
      type: 'SafeInt',
      description: 'Bytes received so far. Changes without a new version: subscribe to uploadProgress to watch it.',
    }),
    sha256: t.exposeString('sha256', {
      nullable: true,
      description:
        'SHA-256 of the content in lower-case hex: as declared at registration, or computed when the last byte arrived.',
    }),
    state: t.expose('state', { type: FileStateEnum, description: 'The current state.' }),
    version: t.exposeInt('version', {
      description: 'The number of transitions applied: 0 after registration, then one more for each, without gaps.',
    }),
    attempts: t.exposeInt('attempts', { description: 'The number of uploads started.' }),
    maxAttempts: t.exposeInt('maxAttempts', {
      description: 'The number of uploads that may be started before RETRY is refused.',
    }),
    failure: t.expose('failure', {
      type: Failure,
      nullable: true,
      description: 'Why the file is FAILED; null in every other state.',
    }),
    retryAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the server retries the FAILED file by itself; null: it does not.',
      // Changes from before there were processors do not have it.
      resolve: ({ retryAt }: Partial<AnyFile>) => retryAt ?? null,
    }),
    allowedEvents: t.field({
      type: [LifecycleEventEnum],
      description: 'The events that the file accepts now, with guards evaluated.',
      resolve: (file, _args, { engine }) => [...engine.allowedEvents(file.state, file)],
    }),
    uploadUrl: t.string({
      nullable: true,
      description:
        'The tus URL to upload to; null unless the file is MANAGED and still needs bytes. With sign-in it carries the ' +
        'right to upload this file for a while (WAYBILL_URL_TTL), except in subscriptions.',
      resolve: (file, _args, context) => (isUploadable(file) ? urlOf(context, file, 'upload') : null),
    }),
    contentUrl: t.string({
      nullable: true,
      description:
        'The URL to download the content from; null until it is complete. With sign-in it carries the right to read ' +
        'this file for a while, except in subscriptions.',
      args: {
        expiresInSeconds: t.arg.int({ description: 'How long it works. Default, and at most: WAYBILL_URL_TTL.' }),
      },
      resolve: (file, { expiresInSeconds }, context) => {
        const seconds = requireSeconds(expiresInSeconds, context);
        return context.isReadable(file) ? urlOf(context, file, 'read', seconds) : null;
      },
    }),
    metadata: t.field({
      type: 'JSONObject',
      description: 'The metadata given at registration.',
      // Of a list it was read, since this field is selected (schema/selection.ts).
      resolve: ({ metadata }) => metadata!,
    }),
    properties: t.field({
      type: 'JSONObject',
      description: 'What processors found: an object for each, by its name.',
      // Changes from before there were processors do not have them. Those of a list were read, as metadata are.
      resolve: ({ properties }: Partial<AnyFile>) => properties ?? {},
    }),
    processing: t.field({
      type: Processing,
      nullable: true,
      description: 'Who processes the file, and how far that has come; null unless the file is PROCESSING.',
      resolve: ({ processing }: Partial<AnyFile>) => processing ?? null,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the file was registered.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When the file last changed.' }),
  }),
});
