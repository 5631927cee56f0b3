// Collects what processors found in one file: bounded, and fit for PostgreSQL. It comes from where untrusted bytes are
// read, so nothing about it is believed.
import type { Failure } from '../fsm/types.ts';
import { cutText } from './cut-text.ts';
import type { ProcessingLimits } from './limits.ts';
import { tooMuchOutput } from './sandbox/failures.ts';

type Properties = Readonly<Record<string, unknown>>;

export interface ProcessorFindings {
  readonly name: string;
  readonly version: string;
  readonly properties: Properties;
  readonly text: string;
}

// As for metadata (lifecycle/input-rules.ts): the driver and its readers recurse.
const MAX_DEPTH = 32;
const KIB = 1024;

export class Collected {
  readonly #limits: ProcessingLimits;
  #properties: Record<string, Properties> = {};
  #texts: string[] = [];
  #textBytes = 0;

  constructor(limits: ProcessingLimits) {
    this.#limits = limits;
  }

  /** By processor, each with its version. */
  get properties(): Record<string, Properties> {
    return this.#properties;
  }

  /** Null when no processor found any. */
  get text(): string | null {
    return this.#texts.length === 0 ? null : this.#texts.join('\n\n');
  }

  /** @returns what is wrong with them; null when they were added */
  add({ name, version, properties, text }: ProcessorFindings): Failure | null {
    const { propertiesBytes, allPropertiesBytes } = this.#limits;
    if (depthOf(properties) > MAX_DEPTH) {
      return tooMuchOutput(`The properties that ${name} found are more than ${MAX_DEPTH} levels deep.`);
    }
    const own = clean(properties) as Properties;
    if (jsonBytes(own) > propertiesBytes) {
      return tooMuchOutput(`The properties that ${name} found are more than ${propertiesBytes / KIB} KiB of JSON.`);
    }
    const all = { ...this.#properties, [name]: { ...own, version: storable(version) } };
    if (jsonBytes(all) > allPropertiesBytes) {
      return tooMuchOutput(`The properties of all processors are more than ${allPropertiesBytes / KIB} KiB of JSON.`);
    }
    this.#properties = all;
    this.#addText(text);
    return null;
  }

  #addText(text: string): void {
    const separator = this.#texts.length === 0 ? 0 : 2;
    const cut = cutText(storable(text), this.#limits.textBytes - this.#textBytes - separator);
    if (cut === '') return;
    this.#texts.push(cut);
    this.#textBytes += separator + Buffer.byteLength(cut);
  }
}

/** PostgreSQL stores neither NUL nor half a surrogate pair. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** Stops counting beyond what is allowed. */
function depthOf(value: unknown, depth = 0): number {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return depth;
  let deepest = depth + 1;
  // As arguments of Math.max, some 120,000 items are more than the stack takes.
  for (const item of Object.values(value)) deepest = Math.max(deepest, depthOf(item, depth + 1));
  return deepest;
}

function clean(value: unknown): unknown {
  if (typeof value === 'string') return storable(value);
  // JSON can name a number that is none here, such as 1e999.
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(clean);
  // An own `__proto__` becomes the prototype of any copy that is made key by key.
  const entries = Object.entries(value).filter(([key]) => key !== '__proto__');
  return Object.fromEntries(entries.map(([key, item]) => [storable(key), clean(item)]));
}
