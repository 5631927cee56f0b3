// What happens once at the start of a runner: how well children can be isolated here is tried out, and every processor is
// loaded, so that a wrong one is reported now and not with the first file.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartupError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { ProcessingLimits } from './limits.ts';
import { type ProcessorSpec, wrongProcessors } from './processor-list.ts';
import { type ConfiguredProcessor, type Environment, assignProfiles, profileOfAll } from './profiles.ts';
import type { Isolation } from './sandbox/isolation.ts';
import type { LoadedProcessor } from './sandbox/messages.ts';
import { ModuleRefused, StartFailed, startChild } from './sandbox/start-child.ts';

const AGAIN_AFTER_MS = 200;

export interface Preparation {
  readonly specs: readonly ProcessorSpec[];
  readonly limits: ProcessingLimits;
  readonly directory: string;
  readonly log: Logger;
  readonly environment: Environment;
  /** What to try, strongest first. */
  readonly candidates: readonly Isolation[];
}

export interface Prepared {
  /** The strongest with which a child starts here. */
  readonly isolation: Isolation;
  readonly processors: readonly ConfiguredProcessor[];
}

/** @throws StartupError when no child starts, or naming the module that is wrong and what is wrong with it */
export async function prepare(preparation: Preparation): Promise<Prepared> {
  const { specs, environment, log, candidates } = preparation;
  const problems: string[] = [];
  for (const [index, isolation] of candidates.entries()) {
    try {
      const loaded = await loadAllAtLast(preparation, isolation, `start-${index}`);
      report(isolation, problems, log);
      return { isolation, processors: assignProfiles(specs, loaded, environment) };
    } catch (error) {
      // It came as far as loading: not the isolation is at fault.
      if (!(error instanceof StartFailed) || error.module !== null) throw asStartupError(error, specs);
      problems.push(`${isolation.name}: ${error.message}`);
      // A slow machine is no reason for a weaker isolation.
      if (error.isLate) break;
    }
  }
  const reasons = problems.length > 0 ? problems.join('; ') : 'this system has none of the isolation that is required';
  throw new StartupError('PROCESSORS_UNUSABLE', `No process for processors can be started: ${reasons}`);
}

/** What is chosen stays for the life of this process, and processes, memory or namespaces may be used up for a moment. */
async function loadAllAtLast(
  preparation: Preparation,
  isolation: Isolation,
  name: string,
): Promise<readonly LoadedProcessor[]> {
  try {
    return await loadAll(preparation, isolation, name);
  } catch (error) {
    if (!(error instanceof StartFailed) || error.module !== null || error.isLate) throw error;
    await sleep(AGAIN_AFTER_MS);
    return await loadAll(preparation, isolation, `${name}-again`);
  }
}

async function loadAll(
  { specs, limits, directory, log }: Preparation,
  isolation: Isolation,
  name: string,
): Promise<readonly LoadedProcessor[]> {
  const place = { isolation, limits, directory: join(directory, name), log };
  const { child, processors } = await startChild(place, profileOfAll(specs));
  await child.kill();
  return processors;
}

function asStartupError(error: unknown, specs: readonly ProcessorSpec[]): unknown {
  if (error instanceof ModuleRefused) return wrongProcessors(`${specs[error.module]!.label} ${error.message}.`);
  if (!(error instanceof StartFailed)) return error;
  return wrongProcessors(`${specs[error.module ?? 0]!.label} cannot be loaded: its process ${error.message}.`);
}

function report({ name, unshare }: Isolation, problems: readonly string[], log: Logger): void {
  const facts = { isolation: name, ...(problems.length > 0 && { refused: problems }) };
  if (unshare !== null) log.info(facts, 'processors run without network, in namespaces of their own');
  else log.warn(facts, 'processors are kept from the network by Node only: no namespaces here (docs/processors.md)');
}
