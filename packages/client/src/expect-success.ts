// Turns refusals, which are data, into errors.
import { WaybillError } from './errors.ts';

type Successful<Answer> = Exclude<Answer, { readonly __typename: 'RequestError' | 'TransitionRejected' }>;

/**
 * The answer of a mutation, if it is not a refusal.
 * @throws WaybillError with the code of the refusal; its `extensions` are what was selected of it
 */
export function expectSuccess<Answer extends { readonly __typename: string }>(answer: Answer): Successful<Answer> {
  if (answer.__typename !== 'RequestError' && answer.__typename !== 'TransitionRejected') {
    return answer as Successful<Answer>;
  }
  const { code = answer.__typename, message = 'The server refused.' } = answer as { code?: string; message?: string };
  throw new WaybillError(code, message, { extensions: answer });
}
