// Takes files that are dropped anywhere on the page, or pasted.
import { useEffect, useState } from 'react';
import { TEXTS } from '../texts.ts';
import { Icon } from '../ui/icon.tsx';
import { fromTransfer } from './collect.ts';
import type { PageUploads } from './page-uploads.ts';

const hasFiles = (transfer: DataTransfer | null): transfer is DataTransfer =>
  transfer !== null && Array.from(transfer.types).includes('Files');

export function DropZone({ uploads }: { readonly uploads: PageUploads }) {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const take = (transfer: DataTransfer | null): void => {
      if (hasFiles(transfer)) void fromTransfer(transfer).then((chosen) => uploads.add(chosen));
    };
    const over = (event: DragEvent): void => {
      if (!hasFiles(event.dataTransfer)) return;
      // Without it the browser opens the file instead.
      event.preventDefault();
      event.dataTransfer.dropEffect = 'copy';
      setOver(true);
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      if (!hasFiles(event.dataTransfer)) return;
      event.preventDefault();
      setOver(false);
      take(event.dataTransfer);
    };
    const paste = (event: ClipboardEvent): void => take(event.clipboardData);
    addEventListener('dragover', over);
    addEventListener('dragleave', leave);
    addEventListener('drop', drop);
    addEventListener('paste', paste);
    return () => {
      removeEventListener('dragover', over);
      removeEventListener('dragleave', leave);
      removeEventListener('drop', drop);
      removeEventListener('paste', paste);
    };
  }, [uploads]);
  return isOver ? (
    <div className="drop" aria-hidden="true">
      <div className="drop-card">
        <Icon name="upload" />
        {TEXTS.dropHere}
      </div>
    </div>
  ) : null;
}
