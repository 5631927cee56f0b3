// Draws a profile that `node --cpu-prof` wrote as a flame graph: an SVG for any browser, small enough to commit.
//   node scripts/flame-graph.ts <profile> <svg> <title>
import { readFileSync, writeFileSync } from 'node:fs';
import { type Frame, foldProfile } from './flame-graph/fold.ts';
import { drawFlameGraph } from './flame-graph/draw.ts';

const [profile, svg, title] = process.argv.slice(2);
if (profile === undefined || svg === undefined || title === undefined) {
  process.stderr.write('usage: node scripts/flame-graph.ts <profile> <svg> <title>\n');
  process.exit(1);
}
const root: Frame = foldProfile(readFileSync(profile, 'utf8'));
writeFileSync(svg, drawFlameGraph(root, title));
