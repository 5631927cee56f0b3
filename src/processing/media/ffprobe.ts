// Asks ffprobe what is in an audio or video file, and takes only what is expected from its answer.
import { ProcessingError } from '../processor.ts';
import { runProgram, type ProgramLimits } from './run-program.ts';

/**
 * Containers of media. Others stay closed: playlists and scripts (hls, concat, dash, image2 and more) name further files, which
 * ffprobe would open.
 */
const CONTAINERS =
  'mov,matroska,avi,mp3,flac,wav,w64,aiff,ogg,aac,ac3,eac3,dts,amr,amrnb,amrwb,ape,wv,tta,caf,au,asf,flv,mpeg,mpegts,mpegvideo,mxf,rm';

// No network, no other file, no other container. Then bytes, and microseconds of the content.
const ARGUMENTS: readonly string[] =
  `-v quiet -print_format json -show_format -show_streams -protocol_whitelist file -format_whitelist ${CONTAINERS} -probesize 20000000 -analyzeduration 10000000`.split(
    ' ',
  );

const LIMITS: ProgramLimits = { time: 30_000, output: 1 << 20 };

/** A part of the answer: nothing in it is certain. */
export type ProbeObject = Readonly<Record<string, unknown>>;

export interface ProbeAnswer {
  readonly format: ProbeObject;
  readonly streams: readonly ProbeObject[];
}

/**
 * @param ffprobe absolute path of the program
 * @param file absolute path
 * @throws ProcessingError MEDIA_BROKEN; MEDIA_TIMEOUT: the same bytes take as long again. The system's error if ffprobe cannot be started.
 */
export async function probe(
  ffprobe: string,
  file: string,
  signal: AbortSignal,
  limits: ProgramLimits = LIMITS,
): Promise<ProbeAnswer> {
  const end = await runProgram(ffprobe, [...ARGUMENTS, '-i', `file:${file}`], limits, signal);
  if (end.kind === 'time-limit') {
    throw new ProcessingError('MEDIA_TIMEOUT', `ffprobe took more than ${limits.time} ms.`);
  }
  if (end.kind === 'output-limit') throw broken('ffprobe found more than can be kept.');
  if (end.code !== 0) throw broken('ffprobe cannot read the file.');
  return parse(end.output);
}

function parse(output: string): ProbeAnswer {
  let answer: unknown;
  try {
    answer = JSON.parse(output);
  } catch (cause) {
    throw broken('ffprobe gave no answer.', cause);
  }
  const { format, streams } = objectOf(answer);
  return { format: objectOf(format), streams: Array.isArray(streams) ? streams.map(objectOf) : [] };
}

export function objectOf(value: unknown): ProbeObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as ProbeObject) : {};
}

function broken(message: string, cause?: unknown): ProcessingError {
  return new ProcessingError('MEDIA_BROKEN', message, { cause });
}
