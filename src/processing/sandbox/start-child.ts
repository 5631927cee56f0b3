// Starts a child and has it load its processors.
import { Child, type ChildOptions } from './child-process.ts';
import { oneLine } from './failures.ts';
import { type Isolation, type Profile, buildCommand } from './isolation.ts';
import type { FromChild, LoadedProcessor } from './messages.ts';

export interface Place extends ChildOptions {
  readonly isolation: Isolation;
}

/** It did not come so far. The message, one line, says why. */
export class StartFailed extends Error {
  /** The module that was being loaded; null before the first. */
  readonly module: number | null;
  /** Its time was up: nothing else is known to be wrong. */
  readonly isLate: boolean;

  constructor(message: string, module: number | null = null, isLate = false) {
    super(message);
    this.module = module;
    this.isLate = isLate;
  }
}

/** A module is not a processor. The message continues a sentence that begins with the module. */
export class ModuleRefused extends Error {
  readonly module: number;

  constructor(module: number, problem: string) {
    super(problem);
    this.module = module;
  }
}

export interface StartedChild {
  readonly child: Child;
  readonly processors: readonly LoadedProcessor[];
}

/**
 * @param onSpawned gets the child before it is ready, so that it can be killed
 * @throws StartFailed or ModuleRefused; nothing is left running then
 */
export async function startChild(
  place: Place,
  profile: Profile,
  onSpawned: (child: Child) => void = () => {},
): Promise<StartedChild> {
  const { isolation, limits, directory } = place;
  const child = await Child.start(buildCommand(isolation, profile, limits, directory), place).catch(
    (error: unknown) => {
      throw new StartFailed(`was not started: ${oneLine((error as Error).message, 500)}`);
    },
  );
  onSpawned(child);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    void child.kill();
  }, limits.startMs);
  try {
    await nextMessage(child, 'ready');
    await child.findInner();
    child.send({ type: 'load', modules: profile.modules });
    const { processors } = await nextMessage(child, 'loaded');
    return { child, processors };
  } catch (error) {
    await child.kill();
    if (!isLate || !(error instanceof StartFailed)) throw error;
    throw new StartFailed(`was not ready after ${limits.startMs / 1000} s`, error.module, true);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for a message of this type. Says which module is being loaded if none comes. */
function nextMessage<Type extends FromChild['type']>(
  child: Child,
  type: Type,
): Promise<Extract<FromChild, { type: Type }>> {
  const { promise, resolve, reject } = Promise.withResolvers<Extract<FromChild, { type: Type }>>();
  let module: number | null = null;
  const onMessage = (message: FromChild): void => {
    if (message.type === 'loading') module = message.module;
    else if (message.type === type) resolve(message as Extract<FromChild, { type: Type }>);
    else if (message.type === 'refused') reject(new ModuleRefused(message.module, message.problem));
    else reject(new StartFailed(`answered ${JSON.stringify(message).slice(0, 200)}`, module));
  };
  const onExit = (): void => reject(new StartFailed(describeExit(child), module));
  child.on('message', onMessage).on('exit', onExit);
  if (child.exit !== null) onExit();
  return promise.finally(() => child.off('message', onMessage).off('exit', onExit));
}

function describeExit({ exit }: Child): string {
  const { code = null, signal = null, stderr = '' } = exit ?? {};
  return oneLine(`ended with ${signal ?? `exit code ${code}`}: ${stderr.trim().slice(-500)}`, 600);
}
