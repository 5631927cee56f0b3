// What this process and a child say to each other. Text travels beside its message, see frames.ts.
import type { ProcessedFile } from '../processor.ts';

/** A module with a processor. */
export interface ModuleToLoad {
  readonly url: string;
  /** The name of what it exports: a processor, or a function that makes one of the options. */
  readonly exportName: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** What a module says of its processor. */
export interface LoadedProcessor {
  readonly name: string;
  readonly version: string;
  readonly needs: Needs;
}

/** What a processor needs beyond the bytes. A module exports it as `needs`. */
export interface Needs {
  readonly network: boolean;
  /** Whether it starts programs. */
  readonly programs: boolean;
  /** Names of environment variables. */
  readonly env: readonly string[];
}

export interface RunRequest {
  /** The processors to choose from: the first of them that accepts the file is run. Indexes of the loaded modules. */
  readonly from: number;
  readonly to: number;
  readonly path: string;
  readonly file: ProcessedFile;
  readonly contentType: string;
  readonly found: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly propertiesBytes: number;
  readonly textBytes: number;
}

export type ToChild =
  | { readonly type: 'load'; readonly modules: readonly ModuleToLoad[] }
  /** `run` counts the runs of this child, from 1. */
  | { readonly type: 'run'; readonly run: number; readonly request: RunRequest }
  | { readonly type: 'abort' };

export interface FailureMessage {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
}

export type FromRun =
  /** A processor accepts the file and begins. */
  | { readonly type: 'begun'; readonly processor: number }
  | { readonly type: 'progress'; readonly fraction: number; readonly message: string }
  /** The findings of the processor that had begun; its text beside the message. */
  | { readonly type: 'done'; readonly properties: Readonly<Record<string, unknown>> }
  /** No processor accepts the file. */
  | { readonly type: 'none' }
  | { readonly type: 'failed'; readonly failure: FailureMessage };

export type FromChild =
  | { readonly type: 'ready' }
  | { readonly type: 'loading'; readonly module: number }
  | { readonly type: 'loaded'; readonly processors: readonly LoadedProcessor[] }
  | { readonly type: 'refused'; readonly module: number; readonly problem: string }
  /** `run`: the one that it comes from, which may be over. */
  | (FromRun & { readonly run: number });
