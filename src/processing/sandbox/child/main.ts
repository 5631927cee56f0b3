// The child that runs processors on untrusted bytes: `main.ts <profile as JSON>`, with the channel as descriptor 3.
// Opened first, while sockets work; then everything is locked, and only then is code loaded that is not ours.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { ToChild } from '../messages.ts';
import { openChannel } from './channel.ts';
import { failureOf } from './failures.ts';
import { type Loaded, loadModules } from './load.ts';
import { lockDown } from './lock-down.ts';
import { type SendFromRun, runProcessor } from './run.ts';

const channel = openChannel(receive);
lockDown(JSON.parse(process.argv[2] ?? '{}') as Parameters<typeof lockDown>[0]);
let loaded: Loaded[] = [];
/** The run that code belongs to, timers and promises that it left behind included. */
const runs = new AsyncLocalStorage<number>();
let running: { readonly run: number; readonly controller: AbortController } | null = null;

// Thrown where nobody awaits it. It is about the file of its own run, which may be over; with none, about the one in work. The
// other side does not use this child again.
process.on('uncaughtException', (error) => {
  if (running === null) process.exit(1);
  channel.send({ type: 'failed', run: runs.getStore() ?? running.run, failure: failureOf(error) });
});
channel.send({ type: 'ready' });

function receive(message: ToChild): void {
  if (message.type === 'abort') running?.controller.abort();
  else void answer(message);
}

async function answer(message: Exclude<ToChild, { type: 'abort' }>): Promise<void> {
  if (message.type === 'load') {
    const result = await loadModules(message.modules, (module) => channel.send({ type: 'loading', module }));
    if (result.type === 'loaded') loaded = result.modules;
    channel.send(result.type === 'refused' ? result : { type: 'loaded', processors: loaded.map(({ about }) => about) });
    return;
  }
  const { run, request } = message;
  const controller = new AbortController();
  running = { run, controller };
  const send: SendFromRun = (found, text) => channel.send({ ...found, run }, text);
  await runs.run(run, () => runProcessor(loaded, request, send, controller.signal));
  running = null;
}
