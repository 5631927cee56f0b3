// Runs every check that does not need the running product. All of them run, so that one run shows every fault.
import { spawnSync } from 'node:child_process';
import { delimiter, resolve } from 'node:path';

const checks = [
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings'] },
  { name: 'format', command: ['oxfmt', '--check'] },
  { name: 'dead code', command: ['knip'] },
  { name: 'schema drift', command: ['node', 'scripts/print-schema.ts', '--check'] },
  { name: 'migration drift', command: ['node', 'scripts/migration-drift.ts'] },
];

// The project's own tools and Node come first on PATH, however this script was started.
const env = { ...process.env, PATH: resolve('node_modules/.bin') + delimiter + (process.env.PATH ?? '') };

for (const { name, command } of checks) {
  const [program = '', ...args] = command;
  const start = performance.now();
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: Infinity,
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${name.padEnd(16)} ${seconds.padStart(5)} s  ${status === 0 ? 'ok' : 'FAILED'}`);
  if (status !== 0) {
    console.log(`\n$ ${command.join(' ')}\n${error?.message ?? ''}${stdout}${stderr}`);
    process.exitCode = 1;
  }
}
