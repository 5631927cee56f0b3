// Runs every check that does not need the running product, all at once: one run shows every fault.
import { spawn } from 'node:child_process';
import { delimiter, resolve } from 'node:path';

interface Check {
  readonly name: string;
  readonly command: readonly string[];
  /** Whether what it prints is of interest when it succeeds. */
  readonly tells?: true;
}

const checks: readonly Check[] = [
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'client types', command: ['tsc', '--noEmit', '-p', 'packages/client'] },
  { name: 'page types', command: ['tsc', '--noEmit', '-p', 'web'] },
  { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings'] },
  { name: 'format', command: ['oxfmt', '--check'] },
  { name: 'dead code', command: ['knip'] },
  { name: 'schema drift', command: ['node', 'scripts/print-schema.ts', '--check'] },
  { name: 'document drift', command: ['node', 'scripts/print-documents.ts', '--check'] },
  { name: 'reference drift', command: ['node', 'scripts/client-docs/print.ts', '--check'] },
  { name: 'migration drift', command: ['node', 'scripts/migration-drift.ts'] },
  { name: 'licences', command: ['node', 'scripts/licences.ts'], tells: true },
  { name: 'audit', command: ['node', 'scripts/audit.ts'], tells: true },
];

// The project's own tools and Node come first on PATH, however this script was started.
const env = { ...process.env, PATH: resolve('node_modules/.bin') + delimiter + (process.env.PATH ?? '') };

interface Outcome {
  readonly isOk: boolean;
  readonly output: string;
  readonly seconds: string;
}

function run([program = '', ...args]: readonly string[]): Promise<Outcome> {
  const start = performance.now();
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const collect = (text: string): void => void (output += text);
  child.stdout.setEncoding('utf8').on('data', collect);
  child.stderr.setEncoding('utf8').on('data', collect);
  return new Promise((done) => {
    const end = (isOk: boolean): void =>
      done({ isOk, output, seconds: ((performance.now() - start) / 1000).toFixed(1) });
    child.once('error', (error) => {
      collect(error.message);
      end(false);
    });
    child.once('close', (code) => end(code === 0));
  });
}

const running = checks.map((check) => ({ ...check, outcome: run(check.command) }));
for (const { name, command, tells, outcome } of running) {
  const { isOk, output, seconds } = await outcome;
  const told = isOk && tells === true ? `: ${output.trim()}` : '';
  console.log(`${name.padEnd(16)} ${seconds.padStart(5)} s  ${isOk ? 'ok' : 'FAILED'}${told}`);
  if (isOk) continue;
  console.log(`\n$ ${command.join(' ')}\n${output}`);
  process.exitCode = 1;
}
