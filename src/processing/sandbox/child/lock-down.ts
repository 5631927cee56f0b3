// Makes network, programs and other processes unusable in the child, whatever the operating system allows, and what Node's
// permissions do not cover. It stops code that only misuses JavaScript; against code that runs as machine code only the
// operating system helps (docs/adr/0019).
import childProcess from 'node:child_process';
import dgram from 'node:dgram';
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import os from 'node:os';
import v8 from 'node:v8';
import type { Needs } from '../messages.ts';
import { functionsOf, lock } from './lock.ts';
import { lockAddons } from './lock-addons.ts';

export interface LockDown extends Pick<Needs, 'network' | 'programs'> {
  /** The folders whose addons may be loaded, each with a separator at its end. */
  readonly addons: readonly string[];
}

export function lockDown({ network, programs, addons }: LockDown): void {
  if (!network) lockNetwork();
  if (!programs) lockPrograms();
  lockProcess(programs);
  lockFiles();
  lockAddons(addons);
  // `import { connect } from 'node:net'` gets what is there now.
  syncBuiltinESMExports();
}

function lockNetwork(): void {
  const toUse = 'to use the network';
  // TLS, HTTP, HTTP/2, fetch and WebSocket all connect by the socket's method, and all servers listen by the server's.
  lock(net.Socket.prototype, ['connect'], toUse);
  lock(net.Server.prototype, ['listen', '_listen2'], toUse);
  lock(net, ['connect', 'createConnection', '_createServerHandle', 'BoundSocket'], toUse);
  // Any pipe leads to this class, and Unix sockets are pipes to it.
  lock(Object.getPrototypeOf(handleOf(process.stdout)) as object, ['bind', 'listen', 'connect', 'fchmod'], toUse);
  // The classes too: their instances hold a handle of Node's internals, which sends without them.
  lock(dgram, ['createSocket', '_createSocketHandle', 'Socket'], toUse);
  for (const each of [dns, dns.promises]) {
    lock(each, [...functionsOf(each).filter((name) => /^(lookup|resolve|reverse)/.test(name)), 'Resolver'], toUse);
  }
  lock(globalThis, ['fetch', 'WebSocket', 'EventSource'], toUse);
}

/** A child's streams are pipes. Not there if one is a file. */
function handleOf(stream: object): object {
  return (stream as { readonly ['_handle']?: object })['_handle'] ?? {};
}

function lockPrograms(): void {
  const toStart = 'to start programs';
  lock(childProcess, functionsOf(childProcess), toStart);
  lock(childProcess.ChildProcess.prototype, ['spawn'], toStart);
}

/** Other processes, the inspector among them, the rights of this one, and Node's internals. Who starts a program may end it. */
function lockProcess(programs: boolean): void {
  const toTouch = 'to touch processes';
  const users = ['setuid', 'setgid', 'seteuid', 'setegid', 'setgroups', 'initgroups'];
  const names = ['_debugProcess', '_debugEnd', 'binding', '_linkedBinding', 'execve', ...users];
  lock(process, programs ? names : ['kill', '_kill', ...names], toTouch);
  lock(os, ['setPriority'], toTouch);
  lock(v8, ['setFlagsFromString'], toTouch);
}

/** What opens files without asking Node's permissions. */
function lockFiles(): void {
  const toOpen = 'to open files by itself';
  // Any database that the user of this process can read, and new files.
  const sqlite = process.getBuiltinModule('node:sqlite') as object | undefined;
  if (sqlite !== undefined) {
    const isFunction = ([, value]: [string, unknown]): boolean => typeof value === 'function';
    lock(
      sqlite,
      Object.entries(sqlite)
        .filter(isFunction)
        .map(([name]) => name),
      toOpen,
    );
  }
  lock(v8, ['writeHeapSnapshot', 'setHeapSnapshotNearHeapLimit'], toOpen);
  // Libraries read reports to learn what system this is. One is also written when the process ends badly.
  const { report } = process;
  lock(report, ['writeReport'], toOpen);
  for (const name of ['reportOnFatalError', 'reportOnSignal', 'reportOnUncaughtException']) {
    Object.defineProperty(report, name, { value: false, writable: false, configurable: false });
  }
}
