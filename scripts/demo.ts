// npm run demo: boots a throw-away instance, uploads real bytes over wires that break, shows it live, checks what it saw.
// Usage: npm run demo [-- --fast | --slow]     fast is the default where nobody watches (no terminal)
import { type DemoInstance, startDemoInstance } from './demo/instance.ts';
import { type Tempo, runDemo } from './demo/run.ts';
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
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  print('Starting a throw-away instance with a database of its own ...');
  let instance: DemoInstance | undefined;
  try {
    instance = await startDemoInstance(signal);
    print(`Ready: ${instance.url}/graphql is open to your browser too, while this runs.\n`);
    const outcome = await Promise.race([runDemo(instance.url, process.stdout, tempo, signal), instance.broken]);
    for (const line of summarise(outcome)) print(line);
    if (findFaults(outcome).length > 0) process.exitCode = 1;
  } finally {
    await instance?.stop();
  }
  print('The instance has stopped and its data is gone.');
}

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // Kept for good: while it cleans up, a second Ctrl-C must not stop that half-way.
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
  // Files that are still on their way need not wait for their next step.
  interruption.abort();
}
