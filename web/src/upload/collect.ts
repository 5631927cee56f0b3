// The files that somebody drops, chooses or pastes, those in folders too.
export interface Chosen {
  readonly file: File;
  /** With the folders above it. */
  readonly name: string;
}

const fromList = (files: Iterable<File>): Chosen[] =>
  Array.from(files, (file) => ({ file: withoutPath(file), name: file.webkitRelativePath || file.name }));

/** Browsers do not keep the path of a stored file, and the client would not recognise it after a reload. */
function withoutPath(file: File): File {
  const { name, type, lastModified, webkitRelativePath } = file;
  return webkitRelativePath === '' ? file : new File([file], name, { type, lastModified });
}

export const fromInput = ({ files }: HTMLInputElement): Chosen[] => fromList(files ?? []);

/** Call it while the event is handled: afterwards the browser has emptied the transfer. */
export async function fromTransfer(transfer: DataTransfer): Promise<Chosen[]> {
  const entries = Array.from(transfer.items, (item) => (item.kind === 'file' ? item.webkitGetAsEntry() : null));
  const files = fromList(transfer.files);
  // What is pasted is no entry of a file system.
  if (entries.every((entry) => entry === null)) return files;
  const found = await Promise.all(entries.filter((entry) => entry !== null).map((entry) => walk(entry, '')));
  return found.flat();
}

async function walk(entry: FileSystemEntry, above: string): Promise<Chosen[]> {
  const name = above + entry.name;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [{ file, name }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: Chosen[] = [];
  for (;;) {
    // At most 100 at a time, until there are none.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return found;
    for (const each of some) found.push(...(await walk(each, `${name}/`)));
  }
}
