// One small file of each kind that processing meets, good and bad, with what must become of it.
import { OFFICE_TYPES, docx, odt, pptx, xlsx } from './office-files.ts';
import { pdf, pdfBomb } from './pdf.ts';
import { png } from './png.ts';
import { zip } from './zip.ts';

export interface SampleFile {
  readonly name: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
  /** Found in the text of this file and of no other one; null if it has none. */
  readonly phrase: string | null;
  /** With the default settings: INDEXED, or the code of the failure. */
  readonly expected: string;
}

/** Made anew each time: some 40 kB in all. */
export function sampleFiles(): SampleFile[] {
  return [...texts(), ...markup(), ...documents(), ...images(), ...archives(), ...others()];
}

/** An HTML page with everything that a browser would run or fetch from `origin`. */
export function hostileHtml(origin: string, phrase: string): string {
  return (
    `<!DOCTYPE html><html><head><title>Ferries</title><link rel="stylesheet" href="${origin}/style.css">` +
    `<script src="${origin}/script.js"></script><script>const hidden = "scriptwords";</script>` +
    `<style>p::after { content: "stylewords"; background: url(${origin}/background.png) }</style></head>` +
    `<body><!-- commentwords --><img src="${origin}/image.png" alt=""><iframe src="${origin}/frame"></iframe>` +
    `<object data="${origin}/object"></object><p>${phrase.replace(' ', '\n  ')}</p><p>Fish &amp; chips</p></body></html>`
  );
}

/** Entities that would expand to a billion words, and one that names a file. */
export function billionLaughs(phrase: string): string {
  const entities = Array.from({ length: 9 }, (_, level) => {
    const inner = level === 0 ? 'laughwords' : `&lol${level - 1};`;
    return `<!ENTITY lol${level} "${inner.repeat(10)}">`;
  });
  return (
    `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY file SYSTEM "file:///etc/passwd">${entities.join('')}]>` +
    `<lolz><a>&lol8;</a><b>&file;</b><c>${phrase}</c><d>Fish &amp; chips</d></lolz>`
  );
}

/** A zip in a zip in a zip, `depth` deep, with ten copies in each. */
export function nestedZip(depth: number): Buffer {
  let bytes: Uint8Array = Buffer.alloc(1 << 20);
  for (let level = 0; level < depth; level += 1) {
    const inner = bytes;
    bytes = zip(Array.from({ length: 10 }, (_, copy) => ({ name: `${level}-${copy}.zip`, bytes: inner })));
  }
  return Buffer.from(bytes);
}

function sample(
  name: string,
  contentType: string,
  bytes: Uint8Array | string,
  phrase: string | null = null,
  expected = 'INDEXED',
): SampleFile {
  return { name, contentType, bytes: Buffer.from(bytes as string), phrase, expected };
}

function texts(): SampleFile[] {
  const utf16 = Buffer.from('\ufeffZwölf Schlepper warten vor der Schleuse.\r\n', 'utf16le');
  const utf16be = Buffer.from('Eleven herons watch the lower lock.\n', 'utf16le').swap16();
  return [
    sample('empty.txt', 'text/plain', ''),
    sample('plain.txt', 'text/plain', 'Fourteen pelicans circle the pier.\n', 'Fourteen pelicans circle'),
    sample('utf16.txt', 'text/plain', utf16, 'Schlepper warten vor der Schleuse'),
    sample('utf16-without-mark.txt', 'text/plain', utf16be, 'Eleven herons watch'),
    sample(
      'latin1.txt',
      'text/plain',
      Buffer.from('Herr Müller grüßt die Fähre.\n', 'latin1'),
      'Müller grüßt die Fähre',
    ),
    sample('nul.txt', 'text/plain', 'Nineteen cormorants\0 dive at dawn.\n', 'cormorants dive at dawn'),
    sample('notes.md', 'text/markdown', '# Notes\n\n- Seventeen **otters** swim home\n\n[map](x.html)\n', 'swim home'),
    sample('table.csv', 'text/csv', 'name,cargo\n"Anna","Twenty crates of quinces"\nBerta,salt\n', 'crates of quinces'),
    sample('data.json', 'application/json', '{"ship":"\\u0041nna","note":"Sixty barrels of tar"}', 'barrels of tar'),
  ];
}

function markup(): SampleFile[] {
  const html = hostileHtml('http://127.0.0.1:9', 'Ninety gulls follow the ferry');
  return [
    sample('page.html', 'text/html', html, 'gulls follow the ferry'),
    sample('entities.xml', 'application/xml', billionLaughs('Thirteen buoys ring'), 'Thirteen buoys ring'),
    sample(
      'drawing.svg',
      'image/svg+xml',
      '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><script>hidden()</script>' +
        '<image href="http://127.0.0.1:9/x.png"/><text>Eighty anchors rust quietly</text></svg>',
      'anchors rust quietly',
    ),
  ];
}

function documents(): SampleFile[] {
  const report = pdf({ pages: ['Thirty lanterns light the quay', 'second page'], title: 'Quay', author: 'Ada' });
  const letter = docx(['Forty sailors sing below deck', 'and more']);
  return [
    sample('report.pdf', 'application/pdf', report, 'lanterns light the quay'),
    sample('cut.pdf', 'application/pdf', '%PDF-1.4\n1 0 obj\n<< /Type', null, 'PDF_BROKEN'),
    sample('locked.pdf', 'application/pdf', pdf({ pages: ['secret'], encrypted: true }), null, 'PDF_ENCRYPTED'),
    sample('bomb.pdf', 'application/pdf', pdfBomb(1 << 27, 2), null, 'PDF_TOO_LARGE'),
    sample('letter.docx', OFFICE_TYPES.docx, letter, 'sailors sing below deck'),
    sample('cut.docx', OFFICE_TYPES.docx, letter.subarray(0, letter.length / 2), null, 'OFFICE_BROKEN'),
    sample('sheet.xlsx', OFFICE_TYPES.xlsx, xlsx('Fifty coils of rope', 'inline cell'), 'coils of rope'),
    sample('slides.pptx', OFFICE_TYPES.pptx, pptx(['Seventy charts show shoals']), 'charts show shoals'),
    sample('text.odt', OFFICE_TYPES.odt, odt(['Hundreds of mussels cling on']), 'mussels cling on'),
  ];
}

function images(): SampleFile[] {
  return [
    sample('grey.png', 'image/png', png(64, 48)),
    sample('cut.png', 'image/png', png(64, 48).subarray(0, 20), null, 'IMAGE_BROKEN'),
    sample('vast.png', 'image/png', png(100_000, 100_000, { pixels: false }), null, 'IMAGE_TOO_LARGE'),
  ];
}

function archives(): SampleFile[] {
  const good = zip([{ name: 'a.txt', bytes: 'a' }]);
  return [
    sample('good.zip', 'application/zip', good),
    sample('cut.zip', 'application/zip', good.subarray(0, 40), null, 'ARCHIVE_BROKEN'),
    sample('nested.zip', 'application/zip', nestedZip(10)),
    sample('slip.zip', 'application/zip', zip([{ name: '../../etc/cron.d/x', bytes: 'x' }])),
  ];
}

function others(): SampleFile[] {
  return [
    sample('tone.wav', 'audio/wav', wav()),
    sample(
      'random.bin',
      'application/octet-stream',
      Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * i * 31) % 256)),
    ),
    sample('lying.png', 'image/png', '<!DOCTYPE html><p>Two hundred eels hide here</p>', 'eels hide here'),
  ];
}

/** A tenth of a second of silence: 8 bits, mono, 8 kHz. */
function wav(): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + 800, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20); // PCM
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(8000, 24);
  header.writeUInt32LE(8000, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  header.write('data', 36);
  header.writeUInt32LE(800, 40);
  return Buffer.concat([header, Buffer.alloc(800, 128)]);
}
