// Writes PDF files for tests by hand: pages of text, a title, and the wrong ones: locked, cut off, or a bomb.
import { deflateSync } from 'node:zlib';

export interface PdfInput {
  /** One line of text a page. */
  readonly pages: readonly string[];
  readonly title?: string;
  readonly author?: string;
  /** Written instead of the first page's content. */
  readonly content?: { readonly dictionary: string; readonly bytes: Uint8Array };
  /** Bytes of an image that no page shows. */
  readonly unused?: number;
  /** With a password that nobody knows. */
  readonly encrypted?: boolean;
}

export function pdf({ pages, title = '', author = '', content, unused = 0, encrypted = false }: PdfInput): Buffer {
  const pageIds = pages.map((_, index) => 4 + 2 * index);
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${pageIds.map((id) => `${id} 0 R`).join(' ')}] /Count ${pages.length} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
    ...pages.flatMap((text, index) => [
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents ${5 + 2 * index} 0 R ` +
        '/Resources << /Font << /F1 3 0 R >> >> >>',
      index === 0 && content ? stream(content.dictionary, content.bytes) : textStream(text),
    ]),
    stream('/Subtype /Image', Buffer.alloc(unused)),
    `<< /Title (${title}) /Author (${author}) >>`,
    `<< /Filter /Standard /V 1 /R 2 /P -44 /O <${'5a'.repeat(32)}> /U <${'a5'.repeat(32)}> >>`,
  ];
  return assemble(objects, encrypted);
}

/** A page that is `size` zero bytes long once it is inflated `layers` times. */
export function pdfBomb(size: number, layers = 1): Buffer {
  let bytes: Uint8Array = Buffer.alloc(size);
  for (let layer = 0; layer < layers; layer += 1) bytes = deflateSync(bytes, { level: 1 });
  return pdf({
    pages: ['bomb'],
    content: { dictionary: `/Filter [${'/FlateDecode '.repeat(layers)}]`, bytes },
  });
}

function textStream(text: string): Buffer {
  const operators = `BT /F1 12 Tf 72 720 Td (${text.replaceAll(/[()\\]/g, '\\$&')}) Tj ET`;
  return stream('/Filter /FlateDecode', deflateSync(operators));
}

function stream(dictionary: string, bytes: Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.from(`<< ${dictionary} /Length ${bytes.length} >>\nstream\n`),
    bytes,
    Buffer.from('\nendstream'),
  ]);
}

function assemble(objects: readonly (string | Buffer)[], encrypted: boolean): Buffer {
  const parts = [Buffer.from('%PDF-1.4\n%\u00e2\u00e3\u00cf\u00d3\n', 'latin1')];
  let offset = parts[0]?.length ?? 0;
  const offsets = objects.map((object, index) => {
    const part = Buffer.concat([
      Buffer.from(`${index + 1} 0 obj\n`),
      Buffer.from(object as string),
      Buffer.from('\nendobj\n'),
    ]);
    parts.push(part);
    offset += part.length;
    return offset - part.length;
  });
  const rows = offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('');
  const last = objects.length;
  const encrypt = encrypted ? ` /Encrypt ${last} 0 R /ID [<00> <00>]` : '';
  parts.push(
    Buffer.from(
      `xref\n0 ${last + 1}\n0000000000 65535 f \n${rows}trailer\n` +
        `<< /Size ${last + 1} /Root 1 0 R /Info ${last - 1} 0 R${encrypt} >>\nstartxref\n${offset}\n%%EOF\n`,
    ),
  );
  return Buffer.concat(parts);
}
