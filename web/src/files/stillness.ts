// Keeps the rows that somebody looks at where they are while files come in above them.
import type { WaybillFile } from '@waybill/client';
import { type RefObject, useLayoutEffect, useRef } from 'react';

export function useStillness(
  scroller: RefObject<HTMLElement | null>,
  files: readonly WaybillFile[],
  rowHeight: number,
): void {
  const before = useRef(files);
  useLayoutEffect(() => {
    const element = scroller.current;
    const last = before.current;
    before.current = files;
    // At the top, new files are what one wants to see.
    if (element === null || last === files || element.scrollTop < rowHeight) return;
    const at = Math.floor(element.scrollTop / rowHeight);
    const id = last[at]?.id;
    if (id === undefined || files[at]?.id === id) return;
    const now = files.findIndex((file) => file.id === id);
    if (now >= 0) element.scrollTop += (now - at) * rowHeight;
  }, [scroller, files, rowHeight]);
}
