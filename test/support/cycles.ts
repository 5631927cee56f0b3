// Makes many changes quickly: files go through their whole lifecycle again and again, in bulk.
import { newFile, transitions } from './client.ts';

const CYCLE = ['START_UPLOAD', 'COMPLETE_UPLOAD', 'COMPLETE_PROCESSING', 'RESET'];
const FILES = 250;

/** Registers files, each with so many bytes of metadata. */
export function newFiles(url: string, metadataBytes = 0, count = FILES): Promise<string[]> {
  const metadata = { filler: 'x'.repeat(metadataBytes) };
  return Promise.all(Array.from({ length: count }, () => newFile(url, { metadata })));
}

/** Makes at least that many changes of new or RESET files; returns how many. */
export async function makeChanges(url: string, ids: readonly string[], atLeast: number): Promise<number> {
  const round = ids.flatMap((id) => CYCLE.map((event) => ({ id, event })));
  let made = 0;
  while (made < atLeast) {
    const results = await transitions(url, round);
    const refused = results.find(({ __typename }) => __typename !== 'TransitionFileSuccess');
    if (refused !== undefined) throw new Error(`refused: ${JSON.stringify(refused)}`);
    made += results.length;
  }
  return made;
}
