// The browser's dialogs for choosing files and folders.
import { type ChangeEvent, type RefObject } from 'react';
import { fromInput } from './collect.ts';
import type { PageUploads } from './page-uploads.ts';

interface PickersProps {
  readonly uploads: PageUploads;
  readonly files: RefObject<HTMLInputElement | null>;
  readonly folder: RefObject<HTMLInputElement | null>;
}

export function Pickers({ uploads, files, folder }: PickersProps) {
  const take = ({ currentTarget }: ChangeEvent<HTMLInputElement>): void => {
    uploads.add(fromInput(currentTarget));
    // The same file may be chosen again.
    currentTarget.value = '';
  };
  const makeFolder = (input: HTMLInputElement | null): void => {
    folder.current = input;
    input?.setAttribute('webkitdirectory', '');
  };
  return (
    <>
      <input ref={files} type="file" multiple hidden onChange={take} data-picker="files" />
      <input ref={makeFolder} type="file" multiple hidden onChange={take} data-picker="folder" />
    </>
  );
}
