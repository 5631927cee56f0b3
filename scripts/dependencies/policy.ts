// What is accepted of production dependencies (policy.json): licences by their SPDX identifiers, packages whose licence
// their package.json does not name, and advisories that have been looked into, until a day.
import { readFileSync } from 'node:fs';

export interface AcceptedAdvisory {
  /** Such as GHSA-xxxx-xxxx-xxxx. */
  readonly id: string;
  readonly reason: string;
  /** The last day on which it is accepted, as YYYY-MM-DD. */
  readonly expires: string;
}

export interface Policy {
  /** LGPL is among them for the shared library of sharp, which is linked dynamically. */
  readonly licences: readonly string[];
  /** Reasons, by package. */
  readonly unnamed: Readonly<Record<string, string>>;
  readonly advisories: readonly AcceptedAdvisory[];
}

export const readPolicy = (): Policy =>
  JSON.parse(readFileSync(new URL('policy.json', import.meta.url), 'utf8')) as Policy;
