// Native addons are needed (sharp is one), and only those that were installed: machine code is not held by anything that
// Node checks.
import { resolve } from 'node:path';
import { denied } from './lock.ts';

// As they are now. Code that comes later may replace what it likes, exports of Node's modules included.
const resolvePath = resolve;
// oxlint-disable-next-line typescript/unbound-method -- it is bound to nothing on purpose
const startsWith = Function.prototype.call.bind(String.prototype.startsWith) as (
  text: string,
  start: string,
) => boolean;

/** @param folders absolute, with a separator at the end; what is loaded lies in one of them by its name, without `..` */
export function lockAddons(folders: readonly string[]): void {
  const load = process.dlopen.bind(process);
  const { length } = folders;
  const isInstalled = (path: string): boolean => {
    // Not by `some`, which may be another one by then.
    for (let index = 0; index < length; index += 1) if (startsWith(path, folders[index]!)) return true;
    return false;
  };
  const guarded = (module: object, file: string, flags?: number): void => {
    // Throws for what is not a string, and might be another one at the second look.
    const path = resolvePath(file);
    if (!isInstalled(path)) throw denied('to load an addon from outside of its packages');
    if (flags === undefined) load(module, path);
    else load(module, path, flags);
  };
  Object.defineProperty(process, 'dlopen', { value: guarded, writable: false, configurable: false });
}
