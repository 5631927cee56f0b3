// npm run bench: boots what it needs, measures, prints tables, keeps the figures as JSON. See USAGE in options.ts.
import { join } from 'node:path';
import { styleText } from 'node:util';
import type { Bench } from './bench.ts';
import { BENCHES } from './benches.ts';
import { breakOff } from './host/break-off.ts';
import { type Testbed, withTestbed } from './host/testbed.ts';
import { describeMachine } from './machine.ts';
import { type Options, USAGE, readOptions } from './options.ts';
import { drawResult } from './output/table.ts';
import { writeDocs } from './output/write-docs.ts';
import { type Result, readResults, saveResult } from './result.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function runBench(bench: Bench, testbed: Testbed): Promise<Result> {
  print(styleText('bold', `\n${bench.name}: ${bench.title}`));
  const start = performance.now();
  const roundsBefore = testbed.quiet.shares.length;
  const report = await bench.measure(testbed);
  return {
    bench: bench.name,
    title: bench.title,
    quick: testbed.quick,
    measuredAt: new Date().toISOString(),
    tookSeconds: Math.round((performance.now() - start) / 1_000),
    machine: describeMachine(testbed),
    othersBusy: testbed.quiet.shares.slice(roundsBefore),
    ...report,
  };
}

/** If one bench fails, the others are still measured. @returns whether all were measured */
async function runAll({ benches, quick, patienceMs, postgres, results }: Options): Promise<boolean> {
  return await withTestbed({ quick, patienceMs, postgres, note: print }, async (testbed) => {
    let whole = true;
    for (const bench of benches) {
      if (interrupted) return false;
      try {
        const result = await runBench(bench, testbed);
        await saveResult(quick ? join(results, 'quick') : results, result);
        print(drawResult(result));
      } catch (error) {
        whole = false;
        if (!interrupted) print(`could not be measured: ${error instanceof Error ? error.stack : String(error)}`);
      }
    }
    return whole;
  });
}

let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // Never removed: a second Ctrl-C must not stop the clean-up half-way.
  process.on(signal, () => {
    interrupted = true;
    process.exitCode = 130;
    breakOff();
  });
}

let options: Options | undefined;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n\n${USAGE}\n`);
  process.exitCode = 1;
}

if (options !== undefined) {
  const whole = await runAll(options);
  if (!whole && !interrupted) process.exitCode = 1;
  if (whole && options.writeDocs) await writeDocs(await readResults(options.results, BENCHES));
}
