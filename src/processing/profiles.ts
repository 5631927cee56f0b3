// Which processors share children: those that need the same. One that needs the network is never in a child with one that
// does not, and a team's own is never in one with the parsers of Waybill: its folder can be read there.
import { dirname, sep } from 'node:path';
import type { ProcessorSpec } from './processor-list.ts';
import { isBuiltIn, wrongProcessors } from './processor-list.ts';
import { type Profile, moduleUrl } from './sandbox/isolation.ts';
import type { LoadedProcessor, ModuleToLoad, Needs } from './sandbox/messages.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfiguredProcessor extends LoadedProcessor {
  readonly profile: Profile;
  /** Which of the profile's modules it is. */
  readonly index: number;
}

const NOTHING: Needs = { network: false, programs: false, env: [] };

function moduleOf({ path, exportName = 'default', options = {} }: ProcessorSpec): ModuleToLoad {
  return { url: moduleUrl(path), exportName, options };
}

/** To read what all modules say of themselves: they get nothing. */
export function profileOfAll(specs: readonly ProcessorSpec[]): Profile {
  return { needs: NOTHING, modules: specs.map(moduleOf), env: {} };
}

/**
 * @param loaded what each of `specs` says of itself
 * @throws StartupError when two have the same name, or a variable is missing
 */
export function assignProfiles(
  specs: readonly ProcessorSpec[],
  loaded: readonly LoadedProcessor[],
  environment: Environment,
): ConfiguredProcessor[] {
  const groups = Map.groupBy(specs.keys(), (index) => keyOf(specs[index]!, loaded[index]!.needs));
  const configured = [...groups.values()].flatMap((indexes) => {
    const { needs } = loaded[indexes[0]!]!;
    const env = readVariables(specs[indexes[0]!]!, needs, environment);
    const profile: Profile = { needs, modules: indexes.map((index) => moduleOf(specs[index]!)), env };
    return indexes.map((place, index) => ({ place, processor: { ...loaded[place]!, profile, index } }));
  });
  const processors = configured.toSorted((a, b) => a.place - b.place).map(({ processor }) => processor);
  refuseSameNames(specs, processors);
  return processors;
}

/** What a module can read includes its folder. */
export function refuseExposedFiles(specs: readonly ProcessorSpec[], tempDir: string): void {
  const exposed = specs.find(({ path }) => tempDir.startsWith(withSeparator(dirname(path))));
  if (exposed === undefined) return;
  throw wrongProcessors(
    `${exposed.label} lies in a folder that the data directory is in too, and a processor can read its own folder. ` +
      'Put it into a folder of its own.',
  );
}

function withSeparator(path: string): string {
  return path.endsWith(sep) ? path : path + sep;
}

function keyOf(spec: ProcessorSpec, { network, programs, env }: Needs): string {
  return JSON.stringify([isBuiltIn(spec), network, programs, env.toSorted()]);
}

function readVariables({ label }: ProcessorSpec, { env }: Needs, environment: Environment): Record<string, string> {
  return Object.fromEntries(
    env.map((name) => {
      const value = environment[name];
      if (value === undefined)
        throw wrongProcessors(`${label} needs the environment variable ${name}, which is not set.`);
      return [name, value];
    }),
  );
}

function refuseSameNames(specs: readonly ProcessorSpec[], processors: readonly ConfiguredProcessor[]): void {
  for (const [index, { name }] of processors.entries()) {
    const first = processors.findIndex((each) => each.name === name);
    if (first === index) continue;
    const labels = `${specs[first]!.label} and ${specs[index]!.label}`;
    throw wrongProcessors(`${labels} are both called ${name}; findings are kept by name, so each needs its own.`);
  }
}
