// The contents, as far as a browser shows them without running anything: images, films, sounds, text as plain text, and PDF as a drawing. What is
// uploaded never becomes a document of this origin.
import type { WaybillFile } from '@waybill/client';
import { useEffect, useState } from 'react';
import { TEXTS } from '../texts.ts';
import { PdfPreview } from './pdf-preview.tsx';

/** How much of a text is read. */
const TEXT_BYTES = 64 * 1024;
const MAX_IMAGE_BYTES = 50_000_000;

const IMAGES = /^image\/(?:jpeg|png|gif|webp|avif|bmp|svg\+xml)$/;
const TEXT = /^text\/|^application\/(?:json|xml|javascript|x-ndjson|yaml)\b/;

export function Preview({ file, url }: { readonly file: WaybillFile; readonly url: string }) {
  const shown = show(file, url);
  if (shown === null) return null;
  return (
    <section aria-label={TEXTS.preview}>
      <h3>{TEXTS.preview}</h3>
      {shown}
    </section>
  );
}

function show({ contentType, name, size }: WaybillFile, url: string) {
  if (IMAGES.test(contentType)) {
    if ((size ?? 0) > MAX_IMAGE_BYTES) return <p className="faint">{TEXTS.tooLargeToPreview}</p>;
    return <img className="preview" src={url} alt={name} loading="lazy" />;
  }
  if (contentType.startsWith('video/'))
    return <video className="preview" src={url} controls preload="metadata" aria-label={name} />;
  if (contentType.startsWith('audio/'))
    return <audio className="preview" src={url} controls preload="metadata" aria-label={name} />;
  if (contentType === 'application/pdf') return <PdfPreview url={url} name={name} />;
  return TEXT.test(contentType) ? <PlainText url={url} name={name} /> : null;
}

function PlainText({ url, name }: { readonly url: string; readonly name: string }) {
  const [text, setText] = useState('');
  useEffect(() => {
    const controller = new AbortController();
    readStart(url, controller.signal).then(setText, () => undefined);
    return () => controller.abort();
  }, [url]);
  return text === '' ? null : (
    <pre className="preview text" dir="auto" tabIndex={0} aria-label={name}>
      {text}
    </pre>
  );
}

async function readStart(url: string, signal: AbortSignal): Promise<string> {
  const answer = await fetch(url, { headers: { Range: `bytes=0-${TEXT_BYTES - 1}` }, signal });
  if (!answer.ok) return '';
  return new TextDecoder().decode(await answer.arrayBuffer());
}
