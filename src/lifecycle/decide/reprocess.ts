// Processes an INDEXED file once more, for a new version of a processor: a RESET that keeps the bytes, and the upload is
// complete again at once.
import { UNSPECIFIED } from '../../fsm/failures.ts';
import { hasTag } from '../../fsm/tags.ts';
import { type Batch, findLocked } from '../batch/batch.ts';
import type { AnswerOf } from '../commands.ts';
import type { ReprocessCommand } from '../processing-commands.ts';
import { finishStored } from './finish-upload.ts';
import { answerWith, recordTransition } from './record-transition.ts';
import { fileNotFound, reject } from './refusals.ts';

export function decideReprocessing(batch: Batch, command: ReprocessCommand): AnswerOf['reprocess'] {
  const file = findLocked(batch, command);
  if (file === undefined) return fileNotFound;
  const { state, transfer, bytesReceived, size } = file;
  const decision = batch.engine.decide(state, 'RESET', { facts: file, failure: UNSPECIFIED });
  if (!hasTag(state, 'ready') || decision.outcome !== 'accepted') {
    return reject(command, file, 'TRANSITION_NOT_ALLOWED', `A file that is ${state} cannot be processed again.`);
  }
  if (transfer !== 'MANAGED' || bytesReceived !== size) {
    return reject(command, file, 'FORBIDDEN', 'The bytes of an EXTERNAL file are not here: reset it and start over.');
  }
  const effects = decision.effects.filter(({ type }) => type !== 'discardBytes');
  file.properties = {};
  const change = recordTransition(batch, command, file, 'RESET', { ...decision, effects });
  // The upload that starts below is none: it must not use up the attempts that RETRY has.
  file.maxAttempts += 1;
  const last = finishStored(batch, file) ?? change;
  return answerWith(change, last.file, decision.guard, false);
}
