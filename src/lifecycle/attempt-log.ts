// One line for every attempt at a transition, whatever its outcome (contract: the log of attempts).
import type { Logger } from '../log.ts';
import type { AnswerOf, TransitionCommand } from './commands.ts';

type Outcome = {
  readonly from: string | null;
  readonly to: string | null;
  readonly version: number | null;
  readonly guard: boolean | null;
  readonly outcome: 'success' | 'rejected' | 'failed';
  readonly code: string | null;
  readonly replayed?: true;
  readonly err?: unknown;
};

const UNKNOWN = { from: null, to: null, version: null, guard: null };

function outcomeOf(answer: AnswerOf['transition']): Outcome {
  switch (answer.outcome) {
    case 'transitioned': {
      const { from, to, version } = answer.transition;
      const success = { from, to, version, guard: answer.guard, outcome: 'success', code: null } as const;
      return answer.replayed ? { ...success, replayed: true } : success;
    }
    case 'rejected': {
      const { state, version } = answer.file;
      return { from: state, to: null, version, guard: answer.guard, outcome: 'rejected', code: answer.code };
    }
    case 'refused':
      return { ...UNKNOWN, outcome: 'rejected', code: answer.code };
    case 'failed':
      return { ...UNKNOWN, outcome: 'failed', code: null, err: answer.error };
  }
}

/** Who tried what with which file. */
export type Attempt = Pick<TransitionCommand, 'attemptId' | 'fileId' | 'event' | 'actor'>;

/** How an attempt's id is written wherever people see it. */
export const attemptName = (attemptId: string): string => `attempt_${attemptId}`;

export function logAttempt(log: Logger, attempt: Attempt, answer: AnswerOf['transition'], durationMs: number): void {
  const { attemptId, fileId, event, actor } = attempt;
  log.info(
    {
      attemptId: attemptName(attemptId),
      fileId: `file_${fileId}`,
      event,
      ...outcomeOf(answer),
      actor,
      durationMs: Math.round(durationMs * 1000) / 1000,
    },
    'transition',
  );
}
