// Uppy: files are registered before @uppy/tus sends them, so that each has one URL and a retry always continues it.
import type { Waybill } from '../client.ts';
import { Memory } from './memory.ts';
import { findOrRegister } from './register.ts';
import { fingerprintOf } from './fingerprint.ts';

/** What is needed of an Uppy. */
export interface UppyLike {
  addPreProcessor(register: (ids: string[]) => Promise<void>): void;
  getFile(id: string): { readonly name?: string; readonly type?: string; readonly data: unknown };
  setFileState(id: string, state: { tus: { uploadUrl: string } }): void;
}

/** Call it beside `uppy.use(Tus)`. A file that Uppy is given again goes on where the server is. */
export function registerWithWaybill(uppy: UppyLike, waybill: Waybill): void {
  const memory = new Memory(undefined);
  const register = async (id: string): Promise<void> => {
    const { name, type: contentType, data } = uppy.getFile(id);
    const [local, options] = [data as Blob, { name, contentType }];
    const fingerprint = await fingerprintOf(waybill.url, local, options);
    const finding = { waybill, memory, local, options, fingerprint, digest: () => Promise.resolve(undefined) };
    const { file } = await findOrRegister(finding, waybill.closed);
    // Of a file that is complete there is none any more; its upload says so.
    uppy.setFileState(id, { tus: { uploadUrl: file.uploadUrl ?? `${waybill.url}/uploads/${file.id}` } });
  };
  uppy.addPreProcessor(async (ids) => void (await Promise.all(ids.map(register))));
}
