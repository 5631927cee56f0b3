// Asks the registry for known vulnerabilities of production dependencies. Where it cannot be asked, that is said and is no
// failure: a check that needs the network would fail for reasons that are not in the code.
import { spawnSync } from 'node:child_process';
import { judgeAudit, readReport } from './dependencies/judge-audit.ts';
import { readPolicy } from './dependencies/policy.ts';

const TIMEOUT_MS = 30_000;

const { stdout, error } = spawnSync('npm', ['audit', '--omit=dev', '--json', '--fetch-retries=0'], {
  encoding: 'utf8',
  timeout: TIMEOUT_MS,
  maxBuffer: Infinity,
});
const report = readReport(stdout);
if (report === null) {
  console.log(`skipped: ${error === undefined ? reasonOf(stdout) : error.message}`);
} else {
  const refused = judgeAudit(report, readPolicy(), new Date().toISOString().slice(0, 10));
  console.log(refused.length > 0 ? refused.join('\n') : 'nothing of level high or critical');
  if (refused.length > 0) process.exitCode = 1;
}

/** Without the address of the registry. */
function reasonOf(text: string): string {
  const [status] = /\b[45]\d\d [A-Z][\w ]+/.exec(text) ?? [];
  return status === undefined ? 'the registry cannot be reached' : `the registry answers ${status.trim()}`;
}
