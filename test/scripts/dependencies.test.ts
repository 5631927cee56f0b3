// What `npm run check` accepts of production dependencies.
import { describe, expect, it } from 'vitest';
import { judgeAudit, readReport } from '../../scripts/dependencies/judge-audit.ts';
import { judgeLicences } from '../../scripts/dependencies/judge-licences.ts';
import { type Policy, readPolicy } from '../../scripts/dependencies/policy.ts';

const POLICY: Policy = {
  licences: ['MIT', 'ISC'],
  unnamed: { silent: 'MIT by its README' },
  advisories: [{ id: 'GHSA-aaaa-bbbb-cccc', reason: 'not reached', expires: '2026-06-30' }],
};

describe('a licence', () => {
  it.each(['MIT', '(MIT OR GPL-3.0-only)', 'MIT AND ISC', '(GPL-2.0-only OR (MIT AND ISC)) AND MIT'])(
    '%s is accepted',
    (license) => {
      expect(judgeLicences([{ name: 'a', license }], POLICY)).toEqual([]);
    },
  );

  it.each([
    'GPL-3.0-only',
    'MIT AND GPL-3.0-only',
    'GPL-3.0-only AND (MIT OR ISC)',
    'SEE LICENSE IN LICENSE',
    'MITX',
    '',
  ])('%s is not', (license) => {
    expect(judgeLicences([{ name: 'a', license }], POLICY)).toEqual([`a: ${license} is not accepted`]);
  });

  it('must be named, or the package listed', () => {
    const packages = [
      { name: 'silent', license: undefined },
      { name: 'b', license: { type: 'MIT' } },
    ];
    expect(judgeLicences(packages, POLICY)).toEqual(['b: package.json names no licence']);
  });
});

describe('a finding', () => {
  const report = (severity: string, id = 'GHSA-dddd-eeee-ffff') => ({
    vulnerabilities: {
      a: { via: [{ name: 'a', title: 'Reads too much', url: `https://example.com/${id}`, severity }] },
      b: { via: ['a'] },
    },
  });

  it.each(['high', 'critical'])('of level %s fails', (level) => {
    expect(judgeAudit(report(level), POLICY, '2026-06-30')).toEqual([
      `a: ${level}, Reads too much (https://example.com/GHSA-dddd-eeee-ffff)`,
    ]);
  });

  it('of a lower level does not', () => {
    expect(judgeAudit(report('moderate'), POLICY, '2026-06-30')).toEqual([]);
  });

  it('that was looked into is accepted up to its day', () => {
    const known = report('high', 'GHSA-aaaa-bbbb-cccc');
    expect(judgeAudit(known, POLICY, '2026-06-30')).toEqual([]);
    expect(judgeAudit(known, POLICY, '2026-07-01')).toHaveLength(2);
  });

  it('is looked for only in a report: a registry without one says something else', () => {
    expect(readReport('{"message":"405 Method Not Allowed","method":"POST"}')).toBeNull();
    expect(readReport('')).toBeNull();
    expect(readReport(JSON.stringify(report('low')))).toEqual(report('low'));
  });
});

it('every acceptance has a reason, and an advisory a day', () => {
  const { unnamed, advisories } = readPolicy();
  for (const reason of [...Object.values(unnamed), ...advisories.map((each) => each.reason)])
    expect(reason).not.toBe('');
  for (const { id, expires } of advisories)
    expect([id, expires]).toEqual([expect.stringMatching(/^GHSA-/), expect.stringMatching(/^\d{4}-\d\d-\d\d$/)]);
});
