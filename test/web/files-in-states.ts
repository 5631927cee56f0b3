// Files in each state of the lifecycle, for tests of the page.
import { newFile, request, transition } from '../support/client.ts';
import { uploadText } from '../support/upload-text.ts';

export type State = 'UNTRACKED' | 'UPLOADING' | 'PROCESSING' | 'INDEXED' | 'FAILED';

export const STATES: readonly State[] = ['UNTRACKED', 'UPLOADING', 'PROCESSING', 'INDEXED', 'FAILED'];
const STEPS = ['START_UPLOAD', 'COMPLETE_UPLOAD', 'COMPLETE_PROCESSING', 'FAIL_RESET'];

/** A file of somebody who moves it by events. */
export async function makeExternal(url: string, state: State): Promise<string> {
  const id = await newFile(url, { name: `external ${state}` });
  for (const event of STEPS.slice(0, STATES.indexOf(state))) await transition(url, id, event);
  return id;
}

const REGISTER = `mutation ($input: RegisterFileInput!) {
  registerFile(input: $input) { ... on RegisterFileSuccess { file { id uploadUrl } } }
}`;

interface Registered {
  readonly registerFile: { readonly file: { readonly id: string; readonly uploadUrl: string } };
}

/** A file whose bytes come through the server. */
export async function makeManaged(url: string, state: State): Promise<string> {
  if (state === 'UNTRACKED' || state === 'UPLOADING') {
    const input = { name: `managed ${state}`, size: 9 };
    const { file } = (await request<Registered>(url, REGISTER, { input })).registerFile;
    if (state === 'UPLOADING') {
      const headers = {
        'tus-resumable': '1.0.0',
        'upload-offset': '0',
        'content-type': 'application/offset+octet-stream',
      };
      await fetch(file.uploadUrl, { method: 'PATCH', headers, body: 'half' });
    }
    return file.id;
  }
  const id = await uploadText(url, 'A few words.');
  if (state !== 'PROCESSING') await transition(url, id, 'COMPLETE_PROCESSING');
  if (state === 'FAILED') await transition(url, id, 'FAIL_RESET');
  return id;
}
