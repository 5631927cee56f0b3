// Why a file is FAILED.
import type { Failure as FailureShape } from '../../fsm/types.ts';
import { builder } from '../builder.ts';

export const Failure = builder.objectRef<FailureShape>('Failure').implement({
  description: 'Why a file is FAILED.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'The kind of failure, for programs, such as DIGEST_MISMATCH.' }),
    message: t.exposeString('message', { description: 'What happened, for people.' }),
    retryable: t.exposeBoolean('retryable', { description: 'Whether trying again could help.' }),
  }),
});
