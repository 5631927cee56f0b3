// From an answer of the lifecycle to a result of the schema: refusals become errors, which the errors plugin makes
// members of the result unions.
import type { Answer, Failed, Refused, Rejected } from '../lifecycle/commands.ts';
import { RequestError, TransitionRejected } from './types/errors.ts';

export type Success<Any extends Answer> = Exclude<Any, Rejected | Refused | Failed>;

/** The answer if it is a success; else the refusal, or the defect behind a failure, as an error to return. */
export function toResult<Any extends Answer>(answer: Any): Success<Any> | Error {
  switch (answer.outcome) {
    case 'rejected':
      return new TransitionRejected(answer);
    case 'refused':
      return RequestError.from(answer);
    case 'failed':
      return answer.error instanceof Error ? answer.error : new Error('not an error', { cause: answer.error });
    case 'registered':
    case 'transitioned':
    case 'progressed':
    case 'removed':
    case 'lease_lost':
    case 'expired':
    case 'kept':
      return answer as Success<Any>;
  }
}

/** The same for the one answer of a list of one; what is no success is thrown. */
export function unwrap<Any extends Answer>([answer]: readonly Any[]): Success<Any> {
  if (answer === undefined) throw new TypeError('the lifecycle gave no answer');
  const result = toResult(answer);
  if (result instanceof Error) throw result;
  return result;
}
