// A bar, in eighths of a column.
import { type Paper, type Style, paint } from './screen.ts';

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** Exactly `width` wide. */
export function drawBar(paper: Paper, style: Style, fraction: number, width: number): string {
  const eighths = Math.floor(Math.min(1, Math.max(0, fraction)) * width * 8);
  const full = '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
  return paint(paper, style, full) + paint(paper, 'gray', '░'.repeat(width - full.length));
}
