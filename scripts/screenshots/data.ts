// Files for the pictures: of the kinds that people have, in every state.
import sharp from 'sharp';
import { BY_HAND } from '../demo/instance.ts';

interface Sample {
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

const LEASE = `# Lease agreement

This lease is made between the harbour authority and the sailing club for the boathouse at the north quay, for a term of
ten years from the first of March. The tenant keeps the slipway clear and pays the rent at the beginning of each quarter.

1. The boathouse is used for the storage and the repair of boats.
2. The harbour authority maintains the quay wall, the lights and the road.
3. Either party may end this lease with a notice of twelve months.
`;

const MINUTES = `Minutes of the board, 12 March

Present: the chair, the treasurer, four members. The budget for the harbour was agreed. The north quay is repaired in
spring, and the lights are replaced. The annual report goes to the members in April.
`;

const BUDGET =
  'item,2025,2026\nquay wall,120000,45000\nlights,18000,32000\nslipway,9000,9500\nharbour office,64000,66000\n';

const INVENTORY = JSON.stringify(
  { boats: 42, moorings: 118, cranes: 2, pontoons: ['north', 'south', 'visitors'] },
  null,
  2,
);

/** A sky over water. */
async function picture(sky: string, low: string, water: string): Promise<Uint8Array> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="800">
    <defs><linearGradient id="s" x2="0" y2="1"><stop stop-color="${sky}"/><stop offset="1" stop-color="${low}"/></linearGradient></defs>
    <rect width="1200" height="520" fill="url(#s)"/><circle cx="820" cy="420" r="86" fill="#fff3d6"/>
    <rect y="500" width="1200" height="300" fill="${water}"/>
    <path d="M0 505 180 400 330 500 470 430 640 505z" fill="#24364a"/>
    <path d="M360 560h150l-30 46h-90zM430 552V380l92 160z" fill="#12202e"/></svg>`;
  return await sharp(Buffer.from(svg)).jpeg({ quality: 88 }).toBuffer();
}

const text = (name: string, type: string, words: string): Sample => ({ name, type, bytes: Buffer.from(words) });

async function samples(): Promise<Sample[]> {
  const names = ['north quay', 'slipway', 'visitors', 'moorings', 'boathouse', 'crane', 'lights', 'pontoon'];
  const notes = names.flatMap((name) => [
    text(`inspections/2026-03/${name}.txt`, 'text/plain', `Inspection of the ${name} of the harbour: in good order.\n`),
    text(`letters/${name.replace(' ', '-')}.md`, 'text/markdown', `# To the members\n\nAbout the ${name}.\n`),
  ]);
  return [
    ...notes,
    text('budget-2026.csv', 'text/csv', BUDGET),
    text('inventory.json', 'application/json', INVENTORY),
    { name: 'photos/boats-at-noon.jpg', type: 'image/jpeg', bytes: await picture('#3f86c9', '#cfe6f5', '#2c6a94') },
    text('board/minutes-march.txt', 'text/plain', MINUTES),
    { name: 'photos/harbour-at-dawn.jpg', type: 'image/jpeg', bytes: await picture('#354a7d', '#f3b08b', '#4c5f86') },
    text('contracts/lease-agreement.md', 'text/markdown', LEASE),
  ];
}

export async function ask<Result>(url: string, query: string, variables: Record<string, unknown>): Promise<Result> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = (await answer.json()) as { data: Result; errors?: unknown };
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
}

interface Registered {
  readonly registerFile: { readonly file: { readonly id: string; readonly uploadUrl: string } };
}

const REGISTER = `mutation ($input: RegisterFileInput!) {
  registerFile(input: $input) { ... on RegisterFileSuccess { file { id uploadUrl } } ... on Error { message } }
}`;

/** @param share of its bytes that are sent, 0 to 1 */
async function upload(url: string, { name, type, bytes }: Sample, share = 1): Promise<string> {
  const input = { name, contentType: type, size: bytes.length };
  const { registerFile } = await ask<Registered>(url, REGISTER, { input });
  const body = Buffer.from(bytes.subarray(0, Math.floor(bytes.length * share)));
  await fetch(registerFile.file.uploadUrl, {
    method: 'PATCH',
    headers: { 'tus-resumable': '1.0.0', 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
    body,
  });
  return registerFile.file.id;
}

const FAIL = `mutation ($input: FileEventInput!) { failProcessing(input: $input) { __typename } }`;
const CORRUPT = { code: 'CORRUPT', message: 'The archive ends before its directory.', retryable: false };

/** Ids of files that have everything to show. */
export interface Shown {
  readonly indexed: string;
  readonly failed: string;
}

export async function fill(url: string): Promise<Shown> {
  let shown = '';
  for (const sample of await samples()) {
    const id = await upload(url, sample);
    if (sample.name.includes('lease')) shown = id;
  }
  const bytes = Buffer.alloc(4_000_000, 7);
  const failing = await upload(url, { name: 'backups/office-2025.zip', type: BY_HAND, bytes });
  await ask(url, FAIL, { input: { id: failing, failure: CORRUPT } });
  await upload(url, { name: 'films/regatta.mp4', type: BY_HAND, bytes });
  await upload(url, { name: 'films/launch-of-the-lifeboat.mp4', type: 'video/mp4', bytes }, 0.62);
  const register = { name: 'surveys/sonar-north.tiff', contentType: 'image/tiff', size: 880_000_000 };
  await ask(url, REGISTER, { input: register });
  await until(async () => {
    const { file } = await ask<{ file: { state: string } }>(url, 'query ($id: ID!) { file(id: $id) { state } }', {
      id: shown,
    });
    return file.state === 'INDEXED';
  });
  return { indexed: shown, failed: failing };
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (let left = 600; left > 0 && !(await isTrue()); left -= 1)
    await new Promise((resolve) => setTimeout(resolve, 100));
}
