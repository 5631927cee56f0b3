// Facts of audio and video files by ffprobe: duration, streams, codecs, and the titles in their tags. Where ffprobe is not
// installed, this processor is left out.
import { canonicalType } from '../media-types/aliases.ts';
import { essenceOf } from '../media-types/essence.ts';
import { objectOf, probe, type ProbeAnswer, type ProbeObject } from '../media/ffprobe.ts';
import type { Findings, Processor } from '../processor.ts';

export interface MediaOptions {
  /** Absolute path of ffprobe. */
  readonly ffprobe: string;
}

/** @public Read by whoever loads this module: the child may start programs. */
export const needs = { programs: true };

/** What ffprobe reads in the containers that are open to it. Music in notes (MIDI and others) is not among them. */
const TYPES: ReadonlySet<string> = new Set([
  ...['aac', 'aiff', 'amr', 'ape', 'flac', 'mpeg', 'wav', 'wavpack', 'x-caf', 'vnd.dolby.dd-raw'].map(
    (name) => `audio/${name}`,
  ),
  ...['mp4', 'matroska', 'vnd.avi', 'mpeg', 'mp2t', 'x-flv', 'x-ms-asf'].map((name) => `video/${name}`),
  'application/ogg',
  'application/mxf',
]);
const MOST_STREAMS = 20;
const LONGEST = 200;
/** What people look for. Where something was recorded is in a tag too, and is left out. */
const TAGS = ['title', 'artist', 'album', 'date', 'genre', 'comment'] as const;

export function mediaProcessor({ ffprobe }: MediaOptions): Processor {
  return {
    name: 'media',
    version: '1',
    accepts: (contentType) => TYPES.has(canonicalType(essenceOf(contentType))),
    run: async ({ bytes, signal }): Promise<Findings> => {
      const answer = await probe(ffprobe, bytes.path, signal);
      const tags = tagsOf(answer);
      return {
        properties: { ...factsOf(answer), ...(Object.keys(tags).length > 0 && { tags }) },
        text: Object.values(tags).join('\n'),
      };
    },
  };
}

function factsOf({ format, streams }: ProbeAnswer): Record<string, unknown> {
  return compact({
    container: text(format['format_name']),
    durationSeconds: number(format['duration']),
    bitRate: number(format['bit_rate']),
    streams: streams.slice(0, MOST_STREAMS).map(streamOf),
    ...(streams.length > MOST_STREAMS && { moreStreams: streams.length - MOST_STREAMS }),
  });
}

function streamOf(stream: ProbeObject): Record<string, unknown> {
  const sides = Array.isArray(stream['side_data_list']) ? stream['side_data_list'].map(objectOf) : [];
  return compact({
    kind: text(stream['codec_type']),
    codec: text(stream['codec_name']),
    durationSeconds: number(stream['duration']),
    width: number(stream['width']),
    height: number(stream['height']),
    rotation: sides.map((side) => number(side['rotation'])).find((rotation) => rotation !== null) ?? null,
    framesPerSecond: rate(stream['avg_frame_rate']),
    channels: number(stream['channels']),
    sampleRate: number(stream['sample_rate']),
    language: text(objectOf(stream['tags'])['language']),
  });
}

function tagsOf({ format }: ProbeAnswer): Record<string, string> {
  const given = new Map(
    Object.entries(objectOf(format['tags'])).map(([name, value]) => [name.toLowerCase(), text(value)]),
  );
  return Object.fromEntries(TAGS.flatMap((name) => (given.get(name) ? [[name, given.get(name) ?? '']] : [])));
}

/** Without what is not known. */
function compact(facts: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== null));
}

function text(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const cleaned = value
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, LONGEST)
    .toWellFormed();
  return cleaned === '' ? null : cleaned;
}

/** ffprobe writes many numbers as strings. */
function number(value: unknown): number | null {
  const parsed = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof parsed === 'number' && Number.isFinite(parsed) ? parsed : null;
}

/** "30000/1001" as 29.97. */
function rate(value: unknown): number | null {
  const [, above, below] = /^(\d{1,9})\/(\d{1,9})$/.exec(typeof value === 'string' ? value : '') ?? [];
  if (above === undefined || below === undefined || Number(above) === 0 || Number(below) === 0) return null;
  return Math.round((Number(above) / Number(below)) * 1000) / 1000;
}
