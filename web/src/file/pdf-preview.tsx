// A PDF, page by page.
import { useEffect, useRef, useState } from 'react';
import { formatCount } from '../app/format.ts';
import { TEXTS } from '../texts.ts';
import type { DrawnPdf } from './draw-pdf.ts';

interface PdfPreviewProps {
  readonly url: string;
  readonly name: string;
}

type Opened = DrawnPdf | 'failed' | null;

export function PdfPreview({ url, name }: PdfPreviewProps) {
  const [pdf, setPdf] = useOpened(url);
  const [page, setPage] = useState(1);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [drawn, setDrawn] = useState(0);
  useEffect(() => {
    if (pdf === null || pdf === 'failed') return;
    let isOver = false;
    pdf.draw(page, canvas.current!).then(
      () => !isOver && setDrawn(page),
      () => !isOver && setPdf('failed'),
    );
    return () => void (isOver = true);
  }, [pdf, page]);
  if (pdf === 'failed') return <p className="faint">{TEXTS.pdfFailed}</p>;
  const pages = pdf?.pages ?? 1;
  const label = TEXTS.pageOf(formatCount(page), formatCount(pages));
  return (
    <div className="pdf" aria-busy={drawn !== page}>
      <canvas ref={canvas} key={page} className="preview" role="img" aria-label={`${name}, ${label}`} />
      {pages > 1 && (
        <div className="pdf-pages">
          <button type="button" className="button" disabled={page === 1} onClick={() => setPage(page - 1)}>
            {TEXTS.previousPage}
          </button>
          <span role="status">{label}</span>
          <button type="button" className="button" disabled={page === pages} onClick={() => setPage(page + 1)}>
            {TEXTS.nextPage}
          </button>
        </div>
      )}
    </div>
  );
}

/** What draws it is loaded first. */
function useOpened(url: string): readonly [Opened, (opened: Opened) => void] {
  const [opened, setOpened] = useState<Opened>(null);
  // A URL with a fresh right is the same file.
  const first = useRef(url);
  useEffect(() => {
    let close: (() => void) | null = null;
    let isOver = false;
    const open = async (): Promise<void> => {
      const { openPdf } = await import('./draw-pdf.ts');
      const pdf = await openPdf(first.current);
      if (isOver) return pdf.close();
      close = pdf.close;
      setOpened(pdf);
    };
    open().catch(() => !isOver && setOpened('failed'));
    return () => {
      isOver = true;
      close?.();
    };
  }, []);
  return [opened, setOpened];
}
