// Subject and baseline alternate (A B A B ...), so that other load slows both alike. The first turn of each only warms up
// caches, pools and compiled code.
import type { Quiet } from './quiet.ts';

export type Turn<Sample> = () => Promise<Sample>;

export type Samples<Name extends string, Sample = number> = Readonly<Record<Name, readonly Sample[]>>;

export interface Pace {
  readonly rounds: number;
  readonly quiet: Quiet;
}

/** Every other round goes backwards, so that no side always runs after the same one. */
export async function takeTurns<Name extends string, Sample = number>(
  { rounds, quiet }: Pace,
  turns: Readonly<Record<Name, Turn<Sample>>>,
): Promise<Samples<Name, Sample>> {
  const entries = Object.entries(turns) as [Name, Turn<Sample>][];
  const samples = Object.fromEntries(entries.map(([name]) => [name, [] as Sample[]])) as Record<Name, Sample[]>;
  await takeEach(entries);
  for (let round = 1; round <= rounds; round += 1) {
    const inOrder = round % 2 === 0 ? entries : entries.toReversed();
    for (const [name, sample] of await quiet.during(() => takeEach(inOrder))) samples[name].push(sample);
  }
  return samples;
}

async function takeEach<Name extends string, Sample>(
  turns: readonly (readonly [Name, Turn<Sample>])[],
): Promise<[Name, Sample][]> {
  const samples: [Name, Sample][] = [];
  for (const [name, turn] of turns) samples.push([name, await turn()]);
  return samples;
}
