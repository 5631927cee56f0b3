// Draws pages of a PDF with pdf.js: Chromium's own viewer does not run in a sandboxed frame. The file is read in a worker, by
// ranges, and what it says is drawn on a canvas: nothing in it becomes part of this document, and pdf.js runs no script of a
// file. Loaded with the first PDF that is shown.
import { type PDFDocumentProxy, PDFWorker, VerbosityLevel, getDocument } from 'pdfjs-dist';
// eslint-disable-next-line import/default -- Vite makes it the URL of the file
import workerUrl from 'pdfjs-dist/build/pdf.worker.min.mjs?url';

export interface DrawnPdf {
  readonly pages: number;
  /** Draws a page, counted from 1, as wide as the canvas is shown. @throws when the page is not readable */
  draw(page: number, canvas: HTMLCanvasElement): Promise<void>;
  readonly close: () => void;
}

/** Four million pixels are 16 MB: what a page asks for is whatever its author has written. */
const MAX_PIXELS = 4_000_000;
/** A file can be made so that it is never done. */
const PATIENCE_MS = 20_000;

/** @throws when it is no PDF, or a locked one */
export async function openPdf(url: string): Promise<DrawnPdf> {
  const worker = startWorker();
  const task = getDocument({
    url,
    worker: PDFWorker.create({ port: worker }),
    // By ranges, and no more than what is drawn.
    disableAutoFetch: true,
    disableStream: true,
    maxImageSize: MAX_PIXELS * 4,
    enableXfa: false,
    // What is wrong with a file is not what is wrong with the page.
    verbosity: VerbosityLevel.ERRORS,
    // The policy of the page allows none.
    useWasm: false,
  });
  const close = (): void => {
    void task.destroy().catch(() => undefined);
    worker.terminate();
  };
  try {
    const document = await inTime(task.promise);
    return {
      pages: document.numPages,
      draw: (page, canvas) => inTime(draw(document, page, canvas)),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

/** The policy of the page wants to be told that a URL of a script is ours. */
function startWorker(): Worker {
  const { trustedTypes } = globalThis as { readonly trustedTypes?: TrustedTypes };
  policy ??= trustedTypes?.createPolicy('waybill-pdf', { createScriptURL: (url) => url });
  return new Worker(policy?.createScriptURL(workerUrl) ?? workerUrl, { type: 'module' });
}

let policy: ReturnType<TrustedTypes['createPolicy']> | undefined;

async function draw(document: PDFDocumentProxy, number: number, canvas: HTMLCanvasElement): Promise<void> {
  const page = await document.getPage(number);
  const plain = page.getViewport({ scale: 1 });
  const wanted = (canvas.clientWidth * devicePixelRatio) / plain.width;
  const most = Math.sqrt(MAX_PIXELS / (plain.width * plain.height));
  const viewport = page.getViewport({ scale: Math.min(wanted, most) });
  canvas.width = Math.max(1, Math.floor(viewport.width));
  canvas.height = Math.max(1, Math.floor(viewport.height));
  await page.render({ canvas, viewport }).promise;
}

function inTime<Value>(promise: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('It takes too long.')), PATIENCE_MS);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
