// What is put on pages: the client with its uploads, as one script.
export { createWaybill } from '../../packages/client/src/client.ts';
export { createUploads } from '../../packages/client/src/upload.ts';
export { digestOf } from '../../packages/client/src/upload/digest.ts';
