// What the package exports.
export { type Waybill, type WaybillOptions, createWaybill } from './client.ts';
export type { OnRetry, RequestOptions, TypedDocument } from './document.ts';
export { WaybillError, type WaybillErrorCode } from './errors.ts';
export { expectSuccess } from './expect-success.ts';
export type { ChangesOptions } from './live/changes.ts';
export type { TransitionOptions } from './live/connection.ts';
export type { CountsData, CountsSnapshot } from './live/counts.ts';
export type { FileData, FileSnapshot, LiveFile } from './live/file.ts';
export type { FilesData, FilesOptions, FilesSnapshot, LiveFiles } from './live/files.ts';
export type { Change } from './live/follower.ts';
export type { Live } from './live/live.ts';
export type { LiveStatus, Liveness, Store } from './live/store.ts';
export type { Observer } from './live/subscribe.ts';
export {
  DELETE_FILE,
  FOLLOW_CHANGES,
  READ_COUNTS,
  READ_FEED_CURSOR,
  READ_FILE,
  READ_FILES,
  REGISTER_FILE,
  TRANSITION_FILE,
} from './generated/documents.ts';
export type {
  ErrorCode,
  FileChangeFilter,
  FileFilter,
  FileOrder,
  FileState,
  LifecycleEvent,
  ListedFileFragment as WaybillFile,
  RegisterFileInput,
  TransitionFileInput,
} from './generated/operations.ts';
