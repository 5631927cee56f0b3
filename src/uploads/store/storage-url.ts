// Parses and validates WAYBILL_STORAGE_URL, before anything is opened.
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StartupError } from '../../errors.ts';

export type StorageLocation =
  | { readonly kind: 'file'; readonly dir: string }
  | {
      readonly kind: 's3';
      readonly bucket: string;
      readonly prefix: string;
      readonly endpoint?: string;
      readonly region?: string;
    };

const ALLOWED = 'file:///dir or s3://bucket/prefix?endpoint=https://host&region=name, both parameters optional';
const PARAMETERS = ['endpoint', 'region'];

/** @throws StartupError INVALID_CONFIGURATION */
export function parseStorageUrl(text: string): StorageLocation {
  const url = URL.canParse(text) ? new URL(text) : refuse('an unreadable URL', 'it is not a URL');
  // User, password and parameters may be secret.
  const shown = `${url.protocol}//${url.host}${url.pathname}`;
  const problem = findProblem(url);
  if (problem !== undefined) refuse(JSON.stringify(shown), problem);
  try {
    return url.protocol === 'file:' ? { kind: 'file', dir: resolve(fileURLToPath(url)) } : parseS3(url);
  } catch {
    return refuse(JSON.stringify(shown), 'its path is not readable');
  }
}

function parseS3(url: URL): StorageLocation {
  const endpoint = url.searchParams.get('endpoint');
  const region = url.searchParams.get('region');
  return {
    kind: 's3',
    bucket: url.hostname,
    prefix: decodeURIComponent(url.pathname).replaceAll(/^\/+|\/+$/g, ''),
    ...(endpoint !== null && { endpoint }),
    ...(region !== null && { region }),
  };
}

function findProblem(url: URL): string | undefined {
  if (url.protocol !== 'file:' && url.protocol !== 's3:') return `it begins with ${url.protocol}`;
  if (url.username !== '' || url.password !== '') {
    return 'it has credentials in it, which belong where the AWS SDK looks for them (AWS_ACCESS_KEY_ID and the like)';
  }
  if (url.hash !== '') return 'it has a fragment';
  if (url.protocol === 's3:') return findS3Problem(url);
  if (url.host !== '') return `it names the host ${url.host}; write file:/// with three slashes`;
  return url.search === '' ? undefined : 'a file: URL has no parameters';
}

function findS3Problem({ hostname, port, searchParams }: URL): string | undefined {
  if (hostname === '') return 'it names no bucket';
  if (port !== '') return 'a bucket has no port; the address of a server belongs into the parameter endpoint';
  const names = [...searchParams.keys()];
  const unknown = names.find((name, index) => !PARAMETERS.includes(name) || names.indexOf(name) !== index);
  if (unknown !== undefined) return `its parameter ${JSON.stringify(unknown)} is unknown or repeated`;
  const endpoint = searchParams.get('endpoint');
  if (endpoint !== null && !/^https?:$/.test(URL.parse(endpoint)?.protocol ?? ''))
    return 'its endpoint is not an http:// or https:// URL';
  if (searchParams.get('region') === '') return 'its region is empty';
  return undefined;
}

function refuse(held: string, problem: string): never {
  throw new StartupError(
    'INVALID_CONFIGURATION',
    `WAYBILL_STORAGE_URL holds ${held}, but ${problem}; allowed: ${ALLOWED}`,
  );
}
