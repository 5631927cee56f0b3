// Compares the licences of the production dependencies that are installed with those that are accepted. No network.
import { existsSync, readFileSync } from 'node:fs';
import { type Package, judgeLicences } from './dependencies/judge-licences.ts';
import { readPolicy } from './dependencies/policy.ts';

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
}

const MARK = 'node_modules/';

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock;
const installed: Package[] = Object.entries(packages)
  // Optional ones of other platforms are in the lock, and not installed.
  .filter(([path, { dev }]) => path.startsWith(MARK) && dev !== true && existsSync(`${path}/package.json`))
  .map(([path]) => {
    const { license } = JSON.parse(readFileSync(`${path}/package.json`, 'utf8')) as { readonly license?: unknown };
    return { name: path.slice(path.lastIndexOf(MARK) + MARK.length), license };
  });
const refused = judgeLicences(installed, readPolicy());
console.log(refused.length > 0 ? refused.join('\n') : `${installed.length} packages`);
if (refused.length > 0 || installed.length === 0) process.exitCode = 1;
