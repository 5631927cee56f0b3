// Files as mutations have answered them while something was read: that may have been read before, and is older then.
import type { ListedFileFragment as WaybillFile } from '../generated/operations.ts';

export class Answers {
  readonly #newest = new Map<string, WaybillFile>();

  add(file: WaybillFile): void {
    this.#newest.set(file.id, this.newerOf(file));
  }

  /** The file, or what is known of it that is newer. */
  newerOf(file: WaybillFile): WaybillFile {
    const newest = this.#newest.get(file.id);
    return newest !== undefined && newest.version > file.version ? newest : file;
  }
}
