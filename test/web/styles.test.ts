// The style sheets of the page: they hold for text that runs from right to left too, and stay small.
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const sheets = globSync('web/src/**/*.css').map((path) => ({ path, text: readFileSync(path, 'utf8') }));

/** What names a side of the screen rather than of the text, and why it may. */
const ALLOWED: readonly string[] = [
  // A mark that is half full, as a glass is.
  'background: linear-gradient(to top, var(--colour) 50%, transparent 50%)',
];

const PHYSICAL = [
  /^(?:left|right|top|bottom|width|height|(?:min|max)-(?:width|height))$/,
  /^(?:margin|padding|border|inset|scroll-margin|scroll-padding)-(?:left|right|top|bottom)/,
  /^border-(?:top|bottom)-(?:left|right)-radius$/,
];

/** Four values name the sides from the top on, or the corners from that between top and left on, both clockwise. */
function isLopsided(property: string, value: string): boolean {
  const [first, second, third, fourth] = value.split(/\s+(?![^(]*\))/);
  if (fourth === undefined) return false;
  if (property === 'border-radius') return first !== second || third !== fourth;
  return /^(?:margin|padding|inset|border-width)$/.test(property) && second !== fourth;
}

/** The declarations of a style sheet that name a side of the screen. */
function physicalIn(text: string): string[] {
  const declarations = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').matchAll(/(?<=[{;]\s*)([\w-]+):\s*([^;{}]+)(?=;)/g);
  return [...declarations].flatMap(([, property = '', value = '']) => {
    const isPhysical =
      PHYSICAL.some((each) => each.test(property)) || /\b(?:left|right|top|bottom)\b|translateX/.test(value);
    const found = `${property}: ${value}`;
    return (isPhysical || isLopsided(property, value)) && !ALLOWED.includes(found) ? [found] : [];
  });
}

describe('the style sheets of the page', () => {
  test('name sides of the text, not of the screen', () => {
    expect(sheets.length, 'style sheets found').toBeGreaterThan(5);
    expect(sheets.flatMap(({ path, text }) => physicalIn(text).map((found) => `${path}: ${found}`))).toEqual([]);
  });

  test('are judged by their declarations', () => {
    const text = `
      /* left: 1px; */
      .a:hover { left: 1px; color: red; margin-inline-start: 2px; padding: 1px 2px 3px 4px; margin: 1px 2px 3px 2px; }
      @media (max-width: 100px) { .b { text-align: right; transform: translateX(50%); max-width: 3px; inset: 0; } }
      .c { border-radius: 1px 1px 0 0; } .d { border-radius: 1px 0 0 1px; }`;
    expect(physicalIn(text)).toEqual([
      'left: 1px',
      'padding: 1px 2px 3px 4px',
      'text-align: right',
      'transform: translateX(50%)',
      'max-width: 3px',
      'border-radius: 1px 0 0 1px',
    ]);
  });

  test('have at most 250 lines each, as every other file', () => {
    expect(sheets.filter(({ text }) => text.trimEnd().split('\n').length > 250).map(({ path }) => path)).toEqual([]);
  });
});
