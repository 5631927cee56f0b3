// Executes the commands that an input became, and hands on what is refused. An answer is plain data; the result unions tell
// their members apart by its outcome.
import type { AnswerOf, Command, Failed } from '../../lifecycle/commands.ts';
import { findIssues } from '../../lifecycle/input.ts';
import type { Lifecycle } from '../../lifecycle/lifecycle.ts';
import { type Refusal, throwRefusal } from '../request-error.ts';

/** Items in one request at most. */
export const MAX_BULK = 1_000;

type Kind = 'register' | 'transition' | 'progress' | 'remove' | 'extend' | 'release' | 'cancel';
type CommandOf<K extends Kind> = Extract<Command, { kind: K }>;
export type Result<K extends Kind> = Exclude<AnswerOf[K], Failed> | Refusal;

const TYPE_OF_OUTCOME = {
  registered: 'RegisterFileSuccess',
  transitioned: 'TransitionFileSuccess',
  progressed: 'ReportUploadProgressSuccess',
  removed: 'DeleteFileSuccess',
  extended: 'ExtendLeaseSuccess',
  released: 'ReleaseLeaseSuccess',
  cancelled: 'CancelProcessingSuccess',
  rejected: 'TransitionRejected',
  refused: 'RequestError',
} as const;

/** The member of a result union that an answer is. */
export const resolveResultType = ({ outcome }: Result<Kind>): string => TYPE_OF_OUTCOME[outcome];

/** A command that failed is a defect or an unreachable database: GraphQL throws an Error that it is given as a value. */
function toResult<K extends Kind>(answer: AnswerOf[K]): Result<K> {
  if (answer.outcome !== 'failed') return answer as Result<K>;
  return (answer.error instanceof Error ? answer.error : new Error('not an error', { cause: answer.error })) as never;
}

const isRefusal = (item: Command | Refusal): item is Refusal => 'outcome' in item;

export async function executeOne<One extends CommandOf<Kind>>(
  lifecycle: Lifecycle,
  command: One | Refusal,
): Promise<Result<One['kind']>> {
  return isRefusal(command) ? command : toResult<One['kind']>(await lifecycle.executeOne(command));
}

/** The results come in the order of the items, refused ones included. */
export async function executeEach<K extends Kind>(
  lifecycle: Lifecycle,
  items: readonly (CommandOf<K> | Refusal)[],
): Promise<Result<K>[]> {
  const commands = items.filter((item): item is CommandOf<K> => !isRefusal(item));
  const answers = (await lifecycle.execute<K>(commands)).values();
  return items.map((item) => (isRefusal(item) ? item : toResult<K>(answers.next().value!)));
}

/** @throws RequestError INVALID_INPUT, before anything is done */
export function requireBulk(items: readonly unknown[]): void {
  const isTooMany = items.length > MAX_BULK;
  const message = `At most ${MAX_BULK} items at once, not ${items.length}.`;
  throwRefusal(findIssues(['input', isTooMany ? message : null]));
}
