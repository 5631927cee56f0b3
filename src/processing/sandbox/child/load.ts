// Loads processors in the child, and says what is wrong with a module that is none.
import type { Processor } from '../../processor.ts';
import type { LoadedProcessor, ModuleToLoad, Needs } from '../messages.ts';
import { failureOf } from './failures.ts';

export interface Loaded {
  readonly processor: Processor;
  readonly about: LoadedProcessor;
}

type LoadResult =
  | { readonly type: 'loaded'; readonly modules: Loaded[] }
  | { readonly type: 'refused'; readonly module: number; readonly problem: string };

const NAME = /^[a-z][a-z0-9-]{0,31}$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const MAX_VERSION = 64;

/** @param onLoading is told the index of each module before it is loaded */
export async function loadModules(
  modules: readonly ModuleToLoad[],
  onLoading: (index: number) => void,
): Promise<LoadResult> {
  const loaded: Loaded[] = [];
  for (const [index, module] of modules.entries()) {
    onLoading(index);
    try {
      loaded.push(await loadModule(module));
    } catch (error) {
      const problem = error instanceof WrongModule ? error.message : `cannot be loaded: ${failureOf(error).message}`;
      return { type: 'refused', module: index, problem };
    }
  }
  return { type: 'loaded', modules: loaded };
}

class WrongModule extends Error {}

async function loadModule({ url, exportName, options }: ModuleToLoad): Promise<Loaded> {
  const { [exportName]: exported, needs } = (await import(url)) as Record<string, unknown>;
  const made: unknown = typeof exported === 'function' ? exported(options) : exported;
  if (!isObject(made)) throw new WrongModule(`has no processor as its ${exportName} export`);
  const { name, version, accepts, run } = made as Partial<Processor>;
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw new WrongModule('needs a name of lower-case letters, digits and hyphens, such as page-count');
  }
  if (typeof version !== 'string' || version === '' || version.length > MAX_VERSION) {
    throw new WrongModule(`needs a version: a text of 1 to ${MAX_VERSION} characters`);
  }
  if (typeof accepts !== 'function') throw new WrongModule('has no function accepts');
  if (typeof run !== 'function') throw new WrongModule('has no function run');
  return { processor: made as unknown as Processor, about: { name, version, needs: needsOf(needs) } };
}

function needsOf(needs: unknown = {}): Needs {
  const { network = false, programs = false, env = [] } = isObject(needs) ? needs : { network: null };
  const areNames = Array.isArray(env) && env.every((name) => typeof name === 'string' && VARIABLE.test(name));
  if (typeof network !== 'boolean' || typeof programs !== 'boolean' || !areNames) {
    throw new WrongModule("has wrong needs; an example of right ones is { network: true, env: ['NAME'] }");
  }
  return { network, programs, env: env as string[] };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
