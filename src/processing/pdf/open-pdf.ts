// Opens a PDF with pdf.js, which reads only the parts of the file that it needs.
import { getResolvedPDFJS } from 'unpdf';
import { ProcessingError, type Bytes } from '../processor.ts';

type Pdfjs = Awaited<ReturnType<typeof getResolvedPDFJS>>;
export type PdfDocument = Awaited<ReturnType<Pdfjs['getDocument']>['promise']>;

/** Of the file, in one read. */
const PIECE = 1 << 18;

/**
 * Opens a PDF for as long as `use` runs.
 * @throws ProcessingError PDF_ENCRYPTED or PDF_BROKEN, not retryable; the reason of `signal`; an error of reading
 */
export async function withPdf<T>(
  bytes: Bytes,
  size: number,
  signal: AbortSignal,
  use: (document: PdfDocument) => Promise<T>,
): Promise<T> {
  const pdfjs = await getResolvedPDFJS();
  let readError: Error | undefined;
  const task = pdfjs.getDocument({
    range: rangesOf(pdfjs, bytes, size, (error) => {
      readError = error instanceof Error ? error : new Error('The bytes cannot be read.', { cause: error });
      stop();
    }),
    rangeChunkSize: PIECE,
    disableAutoFetch: true,
    disableStream: true,
    // Fonts are not drawn, only read.
    disableFontFace: true,
    useSystemFonts: false,
    useWorkerFetch: false,
    isOffscreenCanvasSupported: false,
    maxImageSize: 1,
    stopAtErrors: false,
    verbosity: 0,
  });
  const stop = () => void task.destroy();
  signal.addEventListener('abort', stop);
  try {
    return await use(await task.promise);
  } catch (error) {
    signal.throwIfAborted();
    if (readError) throw readError;
    throw asProcessingError(error);
  } finally {
    signal.removeEventListener('abort', stop);
    await task.destroy();
  }
}

function rangesOf(pdfjs: Pdfjs, bytes: Bytes, size: number, fail: (error: unknown) => void) {
  class Ranges extends pdfjs.PDFDataRangeTransport {
    override requestDataRange(begin: number, end: number): void {
      bytes.read(begin, end - begin).then(
        // A copy: pdf.js takes the memory away.
        (piece) => this.onDataRange(begin, new Uint8Array(piece)),
        fail,
      );
    }
  }
  return new Ranges(size, null);
}

function asProcessingError(error: unknown): ProcessingError {
  if (error instanceof ProcessingError) return error;
  if (error instanceof Error && error.name === 'PasswordException') {
    return new ProcessingError('PDF_ENCRYPTED', 'The PDF has a password.', { cause: error });
  }
  return new ProcessingError('PDF_BROKEN', 'The PDF is damaged.', { cause: error });
}
