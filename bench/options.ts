// The command line of `npm run bench`.
import { parseArgs } from 'node:util';
import type { Bench } from './bench.ts';
import { BENCHES } from './benches.ts';
import { POSTGRES, type Postgres } from './host/server.ts';

export interface Options {
  readonly benches: readonly Bench[];
  readonly quick: boolean;
  readonly writeDocs: boolean;
  /** How long the whole run may wait for a quiet machine, milliseconds. */
  readonly patienceMs: number;
  readonly postgres: Postgres;
  /** Where the JSON goes, a file for each bench. */
  readonly results: string;
}

const RESULTS = new URL('results', import.meta.url).pathname;

export const USAGE = `npm run bench -- [--only a,b] [--quick] [--write-docs] [--patience minutes] [--postgres which] [--results folder]
  --only        some of ${BENCHES.map(({ name }) => name).join(', ')}
  --quick       a minute or two, to see that everything works: not to judge by
  --write-docs  rewrites docs/performance.md and its plots from the results, also those of earlier runs
  --patience    how long the whole run may wait for others to leave the machine alone; 4 if not given
  --postgres    ${POSTGRES.join(' or ')}: PostgreSQL 18 of the npm package, or 15 as Debian ships it; embedded if not given
  --results     where the JSON goes; bench/results if not given, and there into quick/ with --quick`;

/** @throws Error with what is wrong with it */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      'write-docs': { type: 'boolean', default: false },
      patience: { type: 'string', default: '4' },
      postgres: { type: 'string', default: 'embedded' },
      results: { type: 'string', default: RESULTS },
    },
  });
  if (values.quick && values['write-docs']) throw new Error('--quick measures too little to be written into the docs');
  const patienceMs = Number(values.patience) * 60_000;
  if (!(patienceMs >= 0)) throw new Error('--patience must be a number of minutes');
  const { quick, results } = values;
  const postgres = POSTGRES.find((each) => each === values.postgres);
  if (postgres === undefined) throw new Error(`--postgres must be ${POSTGRES.join(' or ')}`);
  return {
    benches: choose(values.only),
    quick,
    postgres,
    results,
    writeDocs: values['write-docs'],
    patienceMs: quick ? 0 : patienceMs,
  };
}

function choose(only: string | undefined): readonly Bench[] {
  if (only === undefined) return BENCHES;
  return only.split(',').map((name) => {
    const bench = BENCHES.find((each) => each.name === name);
    if (bench === undefined) throw new Error(`there is no bench ${JSON.stringify(name)}`);
    return bench;
  });
}
