// Which findings of `npm audit --json` are not accepted. Only high and critical ones count.
import type { Policy } from './policy.ts';

interface Advisory {
  readonly name: string;
  readonly title: string;
  readonly url: string;
  readonly severity: string;
}

/** The part of npm's report that is looked at. `via` names another package where the finding is in that one. */
export interface AuditReport {
  readonly vulnerabilities: Readonly<Record<string, { readonly via: readonly (string | Advisory)[] }>>;
}

/** Null: the registry gave no report. */
export function readReport(text: string): AuditReport | null {
  try {
    const report: unknown = JSON.parse(text);
    return typeof report === 'object' && report !== null && 'vulnerabilities' in report
      ? (report as AuditReport)
      : null;
  } catch {
    return null;
  }
}

const COUNTED = ['high', 'critical'];
const idOf = ({ url }: Advisory): string => url.split('/').at(-1) ?? url;

/**
 * @param today as YYYY-MM-DD
 * @returns a line for each finding, and for each acceptance that has expired
 */
export function judgeAudit({ vulnerabilities }: AuditReport, { advisories }: Policy, today: string): string[] {
  const accepted = advisories.filter(({ expires }) => expires >= today).map(({ id }) => id);
  const expired = advisories.filter(({ expires }) => expires < today);
  const found = Object.values(vulnerabilities).flatMap(({ via }) => via.filter((each) => typeof each !== 'string'));
  const refused = found.filter((each) => COUNTED.includes(each.severity) && !accepted.includes(idOf(each)));
  return [
    ...refused.map((each) => `${each.name}: ${each.severity}, ${each.title} (${each.url})`),
    ...expired.map(
      ({ id, expires }) => `${id}: was accepted until ${expires}; look again (scripts/dependencies/policy.json)`,
    ),
  ];
}
