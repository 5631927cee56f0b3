// Makes functions and classes of Node unusable for all code that comes later.

/**
 * Names come and go with Node's versions: one that is not there is left out.
 * @throws TypeError for one that cannot be replaced, so that nothing is believed to be locked that is not
 */
export function lock(owner: object, names: readonly string[], what: string): void {
  for (const name of names) {
    if (!(name in owner)) continue;
    const value = function refuse(): never {
      throw denied(what);
    };
    Object.defineProperty(owner, name, { value, writable: false, configurable: false });
  }
}

/** Own functions, without classes. */
export function functionsOf(owner: object): string[] {
  return Object.getOwnPropertyNames(owner).filter((name) => {
    const { value } = Object.getOwnPropertyDescriptor(owner, name) ?? {};
    return name !== 'constructor' && typeof value === 'function' && !/^[A-Z]/.test(name);
  });
}

export function denied(what: string): Error {
  return new Error(`A processor is not allowed ${what} (docs/processors.md, needs).`);
}
