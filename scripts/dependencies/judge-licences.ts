// Which licences of packages are not accepted.
import type { Policy } from './policy.ts';

export interface Package {
  readonly name: string;
  /** `license` of its package.json, whatever is there. */
  readonly license: unknown;
}

/** SPDX expressions without exceptions: `(MIT OR GPL-2.0-only) AND ISC`. */
function isAccepted(expression: string, licences: readonly string[]): boolean {
  const inner = /\(([^()]*)\)/.exec(expression);
  if (inner !== null) {
    const value = isAccepted(inner[1] ?? '', licences) ? 'true' : 'false';
    return isAccepted(
      expression.replace(inner[0], () => value),
      licences,
    );
  }
  // AND binds more closely than OR.
  return expression
    .split(/\s+OR\s+/)
    .some((all) => all.split(/\s+AND\s+/).every((each) => each.trim() === 'true' || licences.includes(each.trim())));
}

/** @returns a line for each package that is not accepted */
export function judgeLicences(packages: readonly Package[], { licences, unnamed }: Policy): string[] {
  return packages.flatMap(({ name, license }) => {
    if (typeof license === 'string')
      return isAccepted(license, licences) ? [] : [`${name}: ${license} is not accepted`];
    return Object.hasOwn(unnamed, name) ? [] : [`${name}: package.json names no licence`];
  });
}
