// Draws a progress bar, precise to an eighth of a column.
import { type LineFormat, type Style, paint } from './screen.ts';

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** Exactly `width` wide. */
export function drawBar(format: LineFormat, style: Style, fraction: number, width: number): string {
  const eighths = Math.floor(Math.min(1, Math.max(0, fraction)) * width * 8);
  const full = '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
  return paint(format, style, full) + paint(format, 'gray', '░'.repeat(width - full.length));
}
