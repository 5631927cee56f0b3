// Many items in one mutation: each is answered in its place, whether or not it was a valid request at all.
import type { Answer } from '../lifecycle/commands.ts';
import { RequestError } from './types/errors.ts';
import { type Success, toResult } from './unwrap.ts';
import { invalid } from './validate.ts';

/** Items in one request at most. */
export const MAX_BULK = 1_000;

/** @throws RequestError INVALID_INPUT, before anything is done */
export function requireBulk(items: readonly unknown[]): void {
  if (items.length > MAX_BULK) throw invalid('input', `At most ${MAX_BULK} items at once, not ${items.length}.`);
}

/** Items that are no valid command are answered in place; the others go to the lifecycle together. */
export async function executeEach<Input, Command extends object, Any extends Answer>(
  inputs: readonly Input[],
  toCommand: (input: Input) => Command,
  execute: (commands: readonly Command[]) => Promise<readonly Any[]>,
): Promise<(Success<Any> | Error)[]> {
  const parsed = inputs.map((input) => toCommandOrRefusal(input, toCommand));
  const commands = parsed.filter((each): each is Command => !(each instanceof RequestError));
  const results = (await execute(commands)).map(toResult).values();
  return parsed.map((each) => (each instanceof RequestError ? each : results.next().value!));
}

function toCommandOrRefusal<Input, Command>(
  input: Input,
  toCommand: (input: Input) => Command,
): Command | RequestError {
  try {
    return toCommand(input);
  } catch (error) {
    if (error instanceof RequestError) return error;
    throw error;
  }
}
