// Draws a tree of frames as SVG: width is time; callees are drawn above their caller.
import type { Frame } from './fold.ts';

const WIDTH = 1_200;
const ROW = 15;
const CHARACTER = 6.1;
/** Narrower frames are left out: they are unreadable, and most of the file. */
const MIN_WIDTH = 2.5;

const COLOURS: Readonly<Record<string, string>> = {
  src: '#e8743b',
  node: '#b8b8b8',
  v8: '#8d8d8d',
  package: '#f2c14e',
};

interface Box {
  readonly frame: Frame;
  readonly depth: number;
  readonly x: number;
  readonly width: number;
}

function layOut(root: Frame): Box[] {
  const boxes: Box[] = [];
  const scale = WIDTH / root.total;
  const place = (frame: Frame, depth: number, x: number): void => {
    const width = frame.total * scale;
    if (width < MIN_WIDTH) return;
    boxes.push({ frame, depth, x, width });
    let at = x;
    for (const child of [...frame.children.values()].toSorted((a, b) => b.total - a.total)) {
      place(child, depth + 1, at);
      at += child.total * scale;
    }
  };
  place(root, 0, 0);
  return boxes;
}

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

function colourOf({ place }: Frame): string {
  if (place.startsWith('src/')) return COLOURS['src']!;
  return COLOURS[place] ?? COLOURS['package']!;
}

function drawBox({ frame, depth, x, width }: Box, root: Frame, height: number): string {
  const share = ((frame.total / root.total) * 100).toFixed(1);
  const y = height - (depth + 1) * ROW;
  const label = `${frame.name} ${frame.place}`.trim();
  const room = Math.floor((width - 4) / CHARACTER);
  const shown = label.length <= room ? label : room > 3 ? `${label.slice(0, room - 1)}…` : '';
  const text = shown === '' ? '' : `<text x="${(x + 2).toFixed(1)}" y="${y + 11}">${escape(shown)}</text>`;
  const box = `<rect x="${x.toFixed(1)}" y="${y}" width="${Math.max(1, width - 0.5).toFixed(1)}" height="${ROW - 1}" fill="${colourOf(frame)}"/>`;
  return `<g><title>${escape(label)}: ${share} %</title>${box}${text}</g>`;
}

export function drawFlameGraph(root: Frame, title: string): string {
  const boxes = layOut(root);
  const height = (Math.max(...boxes.map(({ depth }) => depth)) + 3) * ROW;
  const seconds = (root.total / 1e6).toFixed(1);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="monospace" font-size="10">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="4" y="12" font-size="12">${escape(title)} (${seconds} s of work)</text>`,
    ...boxes.map((box) => drawBox(box, root, height)),
    '</svg>\n',
  ].join('\n');
}
