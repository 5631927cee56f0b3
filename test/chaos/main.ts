// npm run chaos -- [--seconds 60] [--seed 1] [--case text]: runs every case under load, each for so long.
import { parseArgs } from 'node:util';
import { CASES, faultsOf, runCase, summarise } from './cases.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    case: { type: 'string', default: '' },
  },
});

const chosen = CASES.filter(({ name }) => name.includes(values.case));
if (chosen.length === 0) {
  process.stderr.write(
    `no case has this in its name; there are:\n${CASES.map(({ name }) => `  ${name}`).join('\n')}\n`,
  );
  process.exitCode = 1;
}

for (const each of chosen) {
  process.stdout.write(`${each.name}\n`);
  const report = await runCase(each, { seed: Number(values.seed), ms: Number(values.seconds) * 1_000 });
  const faults = faultsOf(each, report);
  process.stdout.write(`  ${summarise(report)}\n  ${faults.length === 0 ? 'ok' : `FAILED: ${faults.join('; ')}`}\n`);
  if (faults.length > 0) process.exitCode = 1;
}
