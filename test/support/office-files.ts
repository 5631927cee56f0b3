// Writes Office and OpenDocument files for tests: the parts that readers look for, and nothing else.
import { zip } from './zip.ts';

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const OOXML = 'application/vnd.openxmlformats-officedocument';
const WORD = `${OOXML}.wordprocessingml.document`;
const SHEET = `${OOXML}.spreadsheetml.sheet`;
const SLIDES = `${OOXML}.presentationml.presentation`;
const ODT = 'application/vnd.oasis.opendocument.text';
const NAMESPACES = 'http://schemas.openxmlformats.org';

export const OFFICE_TYPES = { docx: WORD, xlsx: SHEET, pptx: SLIDES, odt: ODT };

/** @param paragraphs may hold XML: characters are not escaped */
export function docx(paragraphs: readonly string[]): Buffer {
  const body = paragraphs.map((text) => `<w:p><w:r><w:t>${text}</w:t></w:r></w:p>`).join('');
  return zip([
    contentTypes('/word/document.xml', `${WORD}.main+xml`),
    {
      name: 'word/document.xml',
      bytes: `${XML}<w:document xmlns:w="${NAMESPACES}/wordprocessingml/2006/main"><w:body>${body}</w:body></w:document>`,
    },
    {
      name: 'docProps/core.xml',
      bytes:
        `${XML}<cp:coreProperties xmlns:cp="${NAMESPACES}/package/2006/metadata/core-properties" ` +
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Harbour log</dc:title><dc:creator>Ada</dc:creator></cp:coreProperties>',
    },
  ]);
}

/** A sheet whose first cell is a shared string, and the second one inline. */
export function xlsx(shared: string, inline: string): Buffer {
  const main = `${NAMESPACES}/spreadsheetml/2006/main`;
  return zip([
    contentTypes('/xl/workbook.xml', `${SHEET}.main+xml`),
    {
      name: 'xl/workbook.xml',
      bytes: `${XML}<workbook xmlns="${main}"><sheets><sheet name="Barges" sheetId="1"/></sheets></workbook>`,
    },
    {
      name: 'xl/sharedStrings.xml',
      bytes: `${XML}<sst xmlns="${main}" count="1" uniqueCount="1"><si><t>${shared}</t></si></sst>`,
    },
    {
      name: 'xl/worksheets/sheet1.xml',
      bytes:
        `${XML}<worksheet xmlns="${main}"><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c>` +
        `<c r="B1" t="inlineStr"><is><t>${inline}</t></is></c></row></sheetData></worksheet>`,
    },
  ]);
}

/** A workbook of this XML. */
export function rawXlsx(parts: Readonly<Record<string, string>>): Buffer {
  return zip([
    contentTypes('/xl/workbook.xml', `${SHEET}.main+xml`),
    { name: 'xl/workbook.xml', bytes: '<workbook/>' },
    ...Object.entries(parts).map(([name, bytes]) => ({ name, bytes })),
  ]);
}

export function pptx(slides: readonly string[]): Buffer {
  const drawing = `${NAMESPACES}/drawingml/2006/main`;
  const main = `${NAMESPACES}/presentationml/2006/main`;
  return zip([
    contentTypes('/ppt/presentation.xml', `${SLIDES}.main+xml`),
    ...slides.map((text, index) => ({
      name: `ppt/slides/slide${index + 1}.xml`,
      bytes:
        `${XML}<p:sld xmlns:a="${drawing}" xmlns:p="${main}"><p:cSld><p:spTree><p:sp><p:txBody>` +
        `<a:p><a:r><a:t>${text}</a:t></a:r></a:p></p:txBody></p:sp></p:spTree></p:cSld></p:sld>`,
    })),
  ]);
}

export function odt(paragraphs: readonly string[]): Buffer {
  const namespace = 'urn:oasis:names:tc:opendocument:xmlns';
  const body = paragraphs.map((text) => `<text:p>${text}</text:p>`).join('');
  return zip([
    { name: 'mimetype', bytes: ODT, stored: true },
    {
      name: 'content.xml',
      bytes:
        `${XML}<office:document-content xmlns:office="${namespace}:office:1.0" xmlns:text="${namespace}:text:1.0">` +
        `<office:body><office:text>${body}</office:text></office:body></office:document-content>`,
    },
  ]);
}

function contentTypes(part: string, type: string): { name: string; bytes: string } {
  return {
    name: '[Content_Types].xml',
    bytes:
      `${XML}<Types xmlns="${NAMESPACES}/package/2006/content-types">` +
      `<Override PartName="${part}" ContentType="${type}"/></Types>`,
  };
}
