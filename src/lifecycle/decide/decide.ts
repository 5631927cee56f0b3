// Which decider answers which kind of command. A decider changes the locked file and notes what is to be written; a
// refusal is an answer like any other.
import type { Batch } from '../batch/batch.ts';
import type { Answer, Command } from '../commands.ts';
import { decideClaim } from './claim.ts';
import { decideExpiry } from './expire.ts';
import { decideCancellation, decideExtension, decideRelease } from './lease.ts';
import { decideProgress } from './progress.ts';
import { decideReceipt } from './receive.ts';
import { decideRegistration } from './register.ts';
import { decideRemoval } from './remove.ts';
import { decideReprocessing } from './reprocess.ts';
import { decideTransition } from './transition.ts';

export function decide(batch: Batch, command: Command): Answer {
  switch (command.kind) {
    case 'register':
      return decideRegistration(batch, command);
    case 'transition':
      return decideTransition(batch, command);
    case 'progress':
      return decideProgress(batch, command);
    case 'remove':
      return decideRemoval(batch, command);
    case 'receive':
      return decideReceipt(batch, command);
    case 'expire':
      return decideExpiry(batch, command);
    case 'claim':
      return decideClaim(batch, command);
    case 'extend':
      return decideExtension(batch, command);
    case 'release':
      return decideRelease(batch, command);
    case 'cancel':
      return decideCancellation(batch, command);
    case 'reprocess':
      return decideReprocessing(batch, command);
  }
}
