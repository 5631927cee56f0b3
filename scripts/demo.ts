// npm run demo: boots a throw-away instance, uploads real bytes over a connection that breaks, shows it live, checks what
// it saw. Usage: npm run demo [-- --fast | --slow]     --fast is the default without a terminal
import { createScreen } from '../cli/output/screen.ts';
import { type DemoInstance, startDemoInstance } from './demo/instance.ts';
import { runDemo } from './demo/run.ts';
import type { Tempo } from './demo/scenario.ts';
import { findFaults, summarise } from './demo/summary.ts';

const SLOW: Tempo = { uploadMs: 4_000, retryMs: 1_500, restMs: 800, staggerMs: 600 };
const FAST: Tempo = { uploadMs: 1_000, retryMs: 100, restMs: 0, staggerMs: 0 };

class Interrupted extends Error {}

function readTempo(args: readonly string[]): Tempo {
  const unknown = args.find((arg) => !['--fast', '--slow'].includes(arg));
  if (unknown !== undefined) throw new Error(`unknown option ${unknown}; allowed: --fast, --slow`);
  if (args.includes('--fast')) return FAST;
  return process.stdout.isTTY || args.includes('--slow') ? SLOW : FAST;
}

async function run(tempo: Tempo, signal: AbortSignal): Promise<void> {
  const screen = createScreen(process.stdout, process.stderr, process.env['TERM'] === 'dumb');
  const print = (line: string): void => screen.print(line);
  print('Starting a throw-away instance with a database of its own ...');
  let instance: DemoInstance | undefined;
  try {
    instance = await startDemoInstance(signal);
    print(`Ready: ${instance.url}/graphql is open to your browser too, while this runs.\n`);
    const result = await Promise.race([runDemo(instance.url, screen, tempo, signal), instance.broken]);
    for (const line of summarise(result)) print(line);
    if (findFaults(result).length > 0) process.exitCode = 1;
  } finally {
    await instance?.stop();
  }
  print('The instance has stopped and its data is gone.');
}

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // Never removed: a second Ctrl-C must not stop the clean-up half-way.
  process.on(signal, () => interruption.abort(new Interrupted(signal)));
}

try {
  await run(readTempo(process.argv.slice(2)), interruption.signal);
} catch (error) {
  if (interruption.signal.aborted) {
    process.stderr.write('Interrupted; the instance has stopped and its data is gone.\n');
    process.exitCode = 130;
  } else {
    process.stderr.write(`The demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
} finally {
  // Ends the scenarios that still wait for their next step.
  interruption.abort();
}
