// Reads WAYBILL_PROCESSORS: which processors there are, in which order.
import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { StartupError } from '../errors.ts';

export type ProcessorOptions = Readonly<Record<string, unknown>>;

/** A module that holds a processor. */
export interface ProcessorSpec {
  /** What the configuration calls it. */
  readonly label: string;
  /** Absolute, without symbolic links. */
  readonly path: string;
  /** `default` unless given. A function that it exports is called with the options and returns the processor. */
  readonly exportName?: string;
  /** JSON. */
  readonly options?: ProcessorOptions;
}

const BUILT_IN = join(import.meta.dirname, 'processors');
const VARIABLE = 'WAYBILL_PROCESSORS';

/**
 * @param value names of built-in processors and paths, separated by commas
 * @param builtIn the options of the built-in ones by name; media-type is mediaTypeProcessor of processors/media-type.ts
 * @param directory that paths start from
 * @throws StartupError
 */
export function readProcessorList(
  value: string,
  builtIn: Readonly<Record<string, ProcessorOptions>>,
  directory: string,
): ProcessorSpec[] {
  const labels = value
    .split(',')
    .map((label) => label.trim())
    .filter((label) => label !== '');
  const again = labels.find((label, index) => labels.indexOf(label) !== index);
  if (again !== undefined) throw wrongProcessors(`${VARIABLE} names ${again} twice.`);
  return labels.map((label) => (isPath(label) ? readPath(label, directory) : readName(label, builtIn)));
}

export function wrongProcessors(message: string): StartupError {
  return new StartupError('INVALID_CONFIGURATION', message);
}

export function isBuiltIn({ path }: ProcessorSpec): boolean {
  return dirname(path) === BUILT_IN;
}

function isPath(label: string): boolean {
  return label.includes('/') || /\.(?:js|mjs|ts)$/.test(label);
}

function readName(name: string, builtIn: Readonly<Record<string, ProcessorOptions>>): ProcessorSpec {
  const options = Object.hasOwn(builtIn, name) ? builtIn[name] : undefined;
  if (options === undefined) {
    throw wrongProcessors(
      `${VARIABLE} names ${name}, and there is no such processor. There are ${Object.keys(builtIn).join(', ')}; ` +
        'one of your own is named by its path, such as ./processors/page-count.ts.',
    );
  }
  const exportName = `${name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())}Processor`;
  return { label: name, path: join(BUILT_IN, `${name}.ts`), exportName, options };
}

function readPath(label: string, directory: string): ProcessorSpec {
  const path = resolve(directory, label);
  if (!existsSync(path)) throw wrongProcessors(`${VARIABLE} names ${label}, and there is no file ${path}.`);
  if (!statSync(path).isFile()) throw wrongProcessors(`${VARIABLE} names ${label}, which is not a file.`);
  return { label, path: realpathSync(path) };
}
