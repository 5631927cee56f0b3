// The type Processing.
import type { VisibleProcessing } from '../../entities/processing.ts';
import { builder } from '../builder.ts';

export const Processing = builder.objectRef<VisibleProcessing>('Processing').implement({
  description: 'The processing of a file that is PROCESSING.',
  fields: (t) => ({
    worker: t.exposeString('worker', {
      nullable: true,
      description: 'The worker that has the file; null while nobody has.',
    }),
    attempt: t.exposeInt('attempt', {
      description: 'How many workers have taken the file since it entered PROCESSING; 0 while it waits for the first.',
    }),
    progress: t.exposeFloat('progress', { nullable: true, description: '0 to 1, as the worker reports it.' }),
    message: t.exposeString('message', { nullable: true, description: 'What the worker is doing, in its words.' }),
    leaseExpiresAt: t.expose('leaseExpiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When another worker may take the file unless this one is heard of; null while nobody has it.',
    }),
    cancelRequested: t.exposeBoolean('cancelRequested', { description: 'Whether the worker was asked to stop.' }),
  }),
});
