// One child, seen from this process: started, given one piece of work at a time, watched, and killed with all it started.
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import type { Duplex, Readable } from 'node:stream';
import type { Logger } from '../../log.ts';
import type { ProcessingLimits } from '../limits.ts';
import type { Exit } from './failures.ts';
import { FrameReader, FrameTooLarge, encodeFrame } from './frames.ts';
import type { Command } from './isolation.ts';
import type { FromChild, ToChild } from './messages.ts';
import { processesOf, readProcesses, readRecentProcesses } from './processes.ts';

const KEPT_STDERR = 4_096;
const IMPATIENT_MS = 1_000;
const DRAIN_MS = 1_000;
const KIB = 1024;
const MIB = 1024 * KIB;

export type Trouble = 'too much output' | 'too much printed' | 'nonsense';

interface Events {
  message: [message: FromChild, text: string];
  /** It has done what it may not, and is being killed. */
  trouble: [trouble: Trouble];
  exit: [];
}

export interface ChildOptions {
  readonly limits: ProcessingLimits;
  /** A new path for its directory. */
  readonly directory: string;
  readonly log: Logger;
}

export class Child extends EventEmitter<Events> {
  /** Where the bytes for it lie; removed with it. */
  readonly directory: string;
  /** Something of a run that was over has failed in it: it is not fit for another file. */
  isSpoiled = false;
  readonly #process: ChildProcess;
  readonly #channel: Duplex;
  readonly #frames: FrameReader;
  readonly #limits: ProcessingLimits;
  readonly #gone = Promise.withResolvers<Exit>();
  #printed = 0;
  #stderr = '';
  #exit: Exit | null = null;
  #hasEnded = false;
  readonly #log: Logger;
  #inner: number | undefined;
  #memory = 0;
  #runs = 0;

  private constructor(spawned: ChildProcess, { limits, directory, log }: ChildOptions) {
    super();
    this.directory = directory;
    this.#limits = limits;
    this.#log = log;
    // The text is cut before it is sent; the rest is for progress.
    const longestJson = limits.propertiesBytes + KIB;
    this.#frames = new FrameReader(limits.textBytes + longestJson + 2 * MIB, longestJson);
    this.#process = spawned;
    this.#channel = this.#process.stdio[3] as Duplex;
    this.#listen();
  }

  /**
   * Its directory is made first.
   * @throws what the system says; nothing is left then
   */
  static async start(command: Command, options: ChildOptions): Promise<Child> {
    await mkdir(options.directory, { mode: 0o700 });
    try {
      return new Child(await spawnCommand(command), options);
    } catch (error) {
      await removeDirectory(options);
      throw error;
    }
  }

  /** Of the session and process group that it leads; undefined if it could not be started. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Set once it has ended. */
  get exit(): Exit | null {
    return this.#exit;
  }

  /** Resolves when it and all that it started have ended. */
  get gone(): Promise<Exit> {
    return this.#gone.promise;
  }

  send(message: ToChild): void {
    if (this.#channel.writable) this.#channel.write(encodeFrame(message));
  }

  /** A new run: what it may send and print counts from here. Returns its number. */
  begin(): number {
    this.#runs += 1;
    this.#frames.allow();
    this.#printed = 0;
    this.#stderr = '';
    return this.#runs;
  }

  /** The end of what it has written to standard error during this run. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Bytes that it and all that it started have resident; as last read when they cannot be read now. Never rejects. */
  async readMemory(): Promise<number> {
    if (this.pid === undefined) return 0;
    // Where descriptors have run out, /proc cannot be opened.
    const all = await readRecentProcesses().catch(() => null);
    if (all !== null) this.#memory = processesOf(this.pid, all).reduce((sum, { bytes }) => sum + bytes, 0);
    return this.#memory;
  }

  /** To be called once it answers: finds the process that runs the code, if the first one only holds its namespaces. */
  async findInner(): Promise<void> {
    const { pid } = this;
    if (pid === undefined) return;
    this.#inner = processesOf(pid, await readProcesses()).find(({ parent }) => parent === pid)?.pid;
  }

  /** Kills it with all that it started, and removes its directory. Never rejects. */
  async kill(): Promise<void> {
    if (this.#exit === null) {
      // The process that holds the namespaces waits for the inner one, so that no zombie is left where nobody reaps
      // orphans. With the inner one, the first of its process ids, the kernel kills whatever else has one.
      if (this.#inner !== undefined && !this.#hasEnded) signal(this.#inner);
      else await this.#killAll();
      // The one that waits may be stopped, and then it does not end by itself.
      const impatient = setTimeout(() => this.#killGroup(), IMPATIENT_MS);
      await this.#gone.promise;
      clearTimeout(impatient);
    }
    await removeDirectory({ directory: this.directory, log: this.#log });
  }

  /** Without namespaces: what it started may have left its process group. */
  async #killAll(): Promise<void> {
    const { pid: leader } = this;
    const all = await readProcesses().catch(() => []);
    // Its pid may be another's once it has ended.
    if (leader === undefined || this.#hasEnded) return;
    this.#killGroup();
    for (const { pid } of processesOf(leader, all)) if (pid !== leader) signal(pid);
  }

  #killGroup(): void {
    if (this.pid !== undefined && !this.#hasEnded) signal(-this.pid);
  }

  #listen(): void {
    const { stdout, stderr } = this.#process;
    this.#channel.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#channel.on('error', () => {}); // it ends; the exit says why
    stdout!.on('data', (chunk: Buffer) => this.#count(chunk));
    stderr!.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString('latin1')).slice(-KEPT_STDERR);
      this.#count(chunk);
    });
    this.#process.on('error', (error) => this.#end({ code: null, signal: null, stderr: error.message }));
    this.#process.on('exit', (code, signalName) => {
      this.#killGroup();
      this.#hasEnded = true;
      const end = (): void => this.#end({ code, signal: signalName, stderr: this.#stderr });
      // What it wrote last is still to be read. A process that escaped may keep the streams open.
      this.#process.once('close', end);
      setTimeout(end, DRAIN_MS).unref();
    });
  }

  #end(exit: Exit): void {
    if (this.#exit !== null) return;
    this.#exit = exit;
    this.#gone.resolve(exit);
    this.emit('exit');
  }

  #receive(chunk: Buffer): void {
    try {
      for (const { message, text } of this.#frames.push(chunk)) this.emit('message', message as FromChild, text);
    } catch (error) {
      this.#refuse(error instanceof FrameTooLarge ? 'too much output' : 'nonsense');
    }
  }

  #count(chunk: Buffer): void {
    this.#printed += chunk.length;
    if (this.#printed > this.#limits.printedBytes) this.#refuse('too much printed');
  }

  /** Nothing more is read from it: it could go on faster than it is killed. */
  #refuse(trouble: Trouble): void {
    for (const stream of [this.#channel, this.#process.stdout, this.#process.stderr]) {
      (stream as Readable).removeAllListeners('data');
      (stream as Readable).destroy();
    }
    this.emit('trouble', trouble);
    void this.kill();
  }
}

/** It resolves once there is a process, or the reason why there is none is known. */
async function spawnCommand({ program, args, env }: Command): Promise<ChildProcess> {
  const spawned = spawn(program, args, {
    cwd: '/',
    env,
    // The first of its own session and process group.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const { promise, resolve, reject } = Promise.withResolvers<ChildProcess>();
  spawned.once('spawn', () => resolve(spawned)).once('error', reject);
  return await promise;
}

/** What stays is removed with the directory that all of them are in, or by the next start. */
async function removeDirectory({ directory, log }: Pick<ChildOptions, 'directory' | 'log'>): Promise<void> {
  await rm(directory, { recursive: true, force: true }).catch((error: unknown) =>
    log.warn({ err: error }, 'the temporary files of a process for processors could not be removed'),
  );
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}
