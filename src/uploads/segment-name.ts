// What may become a path or a key of a byte store: UUIDs in their canonical form, which nothing can be hidden in.

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** @throws TypeError: a name that is not one is a defect of the caller, never a user's mistake. */
export function assertSegmentName(name: string): void {
  if (!UUID.test(name)) throw new TypeError(`${JSON.stringify(name)} does not name a segment`);
}
