// The type Failure: why a file is FAILED.
import type { Failure as FailureShape } from '../../fsm/types.ts';
import { builder } from '../builder.ts';

export const Failure = builder.objectRef<FailureShape>('Failure').implement({
  description: 'Why a file is FAILED.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'A code for programs, such as DIGEST_MISMATCH.' }),
    message: t.exposeString('message', { description: 'An explanation for people.' }),
    retryable: t.exposeBoolean('retryable', { description: 'Whether a retry could succeed.' }),
  }),
});
