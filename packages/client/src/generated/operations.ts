// The types of the operations. Written by `npm run documents:print` from schema.graphql and
// packages/client/src/documents: change those.

/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** The file to delete. */
export type DeleteFileInput = {
  /** Optimistic concurrency check: the request is rejected unless the file is at this version. */
  readonly expectedVersion?: number | null | undefined;
  /** The id of the file. */
  readonly id: string;
};

/** Why a request was refused. Refusals are data, not GraphQL errors. */
export type ErrorCode =
  /** Timed out waiting for the row lock; retry. */
  | 'FILE_BUSY'
  /** The file does not exist or belongs to another tenant; the two cases are indistinguishable. */
  | 'FILE_NOT_FOUND'
  /** Your role does not permit this. */
  | 'FORBIDDEN'
  /** The event is allowed in the current state, but its guard rejected it. */
  | 'GUARD_REJECTED'
  /** The idempotency key was already used with a different input. */
  | 'IDEMPOTENCY_MISMATCH'
  /** The input is invalid: `message` names the rule, `field` names the field. */
  | 'INVALID_INPUT'
  /** The tenant has as many files, bytes or unfinished uploads as it may have. Nothing was done; delete or finish some first. */
  | 'QUOTA_EXCEEDED'
  /** The tenant sends too much. Nothing was done; retry after `retryAfterSeconds`. */
  | 'RATE_LIMITED'
  /** The lease is over, or another worker's. */
  | 'STALE_LEASE'
  /** The file is not at expectedVersion. */
  | 'STALE_VERSION'
  /** The event is not allowed in the file's current state. */
  | 'TRANSITION_NOT_ALLOWED'
  /** The service cannot take the request now. Nothing was done; retry later. */
  | 'UNAVAILABLE';

/** Why something failed. */
export type FailureInput = {
  /** A code for programs: 1 to 100 characters. */
  readonly code: string;
  /** An explanation for people: 1 to 2000 characters. */
  readonly message: string;
  /** Whether a retry could succeed. Default: true. */
  readonly retryable?: boolean | null | undefined;
};

/** Selects changes; all given conditions must match. */
export type FileChangeFilter = {
  /** With `states`: also the change with which a file leaves these states, so that a list of them stays complete. Default: false. */
  readonly follow?: boolean | null | undefined;
  /** Changes of these files. */
  readonly ids?: ReadonlyArray<string> | null | undefined;
  /** Changes of these kinds. Default: all but PROGRESSED. */
  readonly kinds?: ReadonlyArray<FileChangeKind> | null | undefined;
  /** Changes after which the file is in one of these states. */
  readonly states?: ReadonlyArray<FileState> | null | undefined;
};

/** The kind of a change. */
export type FileChangeKind =
  /** A file was deleted. */
  | 'DELETED'
  /** More bytes of an upload arrived, or its processing has come further. Not stored in the change log: only the latest progress is delivered. */
  | 'PROGRESSED'
  /** A file was registered. */
  | 'REGISTERED'
  /** A file moved from one state to another. */
  | 'TRANSITIONED';

/** Selects files; all given conditions must match. */
export type FileFilter = {
  /** Files with exactly one of these media types. At most 50. */
  readonly contentTypes?: ReadonlyArray<string> | null | undefined;
  /** Files registered at this time or later. */
  readonly createdAfter?: string | null | undefined;
  /** Files registered before this time. */
  readonly createdBefore?: string | null | undefined;
  /** Files whose metadata contains this: each given key with the given value, objects in part, arrays in any order. */
  readonly metadata?: Record<string, unknown> | null | undefined;
  /** Files whose name contains this text, ignoring case. At most 1024 characters. */
  readonly nameContains?: string | null | undefined;
  /** Files in one of these states. */
  readonly states?: ReadonlyArray<FileState> | null | undefined;
};

/** The order of a list of files. */
export type FileOrder = {
  /** The direction. */
  readonly direction?: OrderDirection;
  /** What to sort by. */
  readonly field: FileOrderField;
};

/** What files can be sorted by. Files that are equal in it come in the order of their ids. */
export type FileOrderField =
  /** The time of registration. */
  | 'CREATED_AT'
  /** The first 256 characters of the name, by code point: upper case comes before lower case. */
  | 'NAME'
  /** The declared size; files of unknown size count as the smallest. */
  | 'SIZE';

/** The state of a file in its lifecycle. */
export type FileState =
  /** Uploading, processing or a reset failed; `failure` says why. */
  | 'FAILED'
  /** Processed and ready to use. */
  | 'INDEXED'
  /** All bytes have arrived and are being processed. */
  | 'PROCESSING'
  /** Registered; no upload has started. */
  | 'UNTRACKED'
  /** The bytes are being uploaded. */
  | 'UPLOADING';

/** An event that moves a file from one state to another. */
export type LifecycleEvent =
  /** PROCESSING -> INDEXED. Processing finished. */
  | 'COMPLETE_PROCESSING'
  /** UPLOADING -> PROCESSING. The last byte arrived and the content was verified. */
  | 'COMPLETE_UPLOAD'
  /** PROCESSING -> FAILED. Processing failed. */
  | 'FAIL_PROCESSING'
  /** INDEXED -> FAILED. The reset failed. */
  | 'FAIL_RESET'
  /** UPLOADING -> FAILED. The upload stalled, or its content is wrong. */
  | 'FAIL_UPLOAD'
  /** INDEXED -> UNTRACKED. The file starts over, without its bytes. */
  | 'RESET'
  /** FAILED -> UNTRACKED if hasAttemptsLeft. The file may be uploaded again, as long as attempts are left. */
  | 'RETRY'
  /** UNTRACKED -> UPLOADING. An upload starts and counts as an attempt. */
  | 'START_UPLOAD';

/** The direction of an order. */
export type OrderDirection =
  /** Smallest, or earliest, first. */
  | 'ASC'
  /** Largest, or latest, first. */
  | 'DESC';

/** What a file is doing. */
export type ProgressPhase =
  /** The file is INDEXED or FAILED. */
  | 'DONE'
  /** All bytes are here, and the file waits for a worker. */
  | 'QUEUED'
  /** Bytes are arriving. */
  | 'RECEIVING'
  /** A worker processes the file. */
  | 'RUNNING'
  /** The upload has not started. */
  | 'WAITING';

/** The file to register. */
export type RegisterFileInput = {
  /** The media type. Default: application/octet-stream. */
  readonly contentType?: string | null | undefined;
  /** 1 to 200 characters. A request with the same key and the same input returns the first result again. */
  readonly idempotencyKey?: string | null | undefined;
  /** Any JSON of your own, at most 16 KiB. Default: {}. */
  readonly metadata?: Record<string, unknown> | null | undefined;
  /** 1 to 1024 characters, without control characters. Never used as a path. */
  readonly name: string;
  /** The expected SHA-256 of the content, 64 hexadecimal digits; verified when the last byte arrives. */
  readonly sha256?: string | null | undefined;
  /** Length in bytes. Required for a MANAGED file. */
  readonly size?: number | null | undefined;
  /** How the bytes are transferred. Default: MANAGED. */
  readonly transfer?: TransferMode | null | undefined;
};

/** How the bytes of a file are transferred. */
export type TransferMode =
  /** The client uploads elsewhere (a bucket, another API), sends the events, and reports progress. */
  | 'EXTERNAL'
  /** The client uploads to this server (tus), which sends START_UPLOAD and COMPLETE_UPLOAD itself. */
  | 'MANAGED';

/** An event to send to a file. */
export type TransitionFileInput = {
  /** The event to send. */
  readonly event: LifecycleEvent;
  /** Optimistic concurrency check: the request is rejected unless the file is at this version. */
  readonly expectedVersion?: number | null | undefined;
  /** The reason for a FAIL_* event; no other event takes one. Default: {code: "UNSPECIFIED"}. */
  readonly failure?: FailureInput | null | undefined;
  /** The id of the file. */
  readonly id: string;
  /** 1 to 200 characters. A request with the same key for the same file returns the first result again, with replayed: true. */
  readonly idempotencyKey?: string | null | undefined;
  /** The token of a worker that has the file (claimFiles): nobody else can end its processing while it has it. */
  readonly leaseToken?: string | null | undefined;
  /** With COMPLETE_PROCESSING: what was found, added to the properties of the file, at most 32 KiB together. By convention an object under the name of each processor, with its version. */
  readonly properties?: Record<string, unknown> | null | undefined;
  /** With COMPLETE_PROCESSING and a leaseToken: the text of the file, which searches then find. At most 1 MiB of UTF-8. */
  readonly text?: string | null | undefined;
};

export type FollowChangesSubscriptionVariables = Exact<{
  after: string;
  filter?: FileChangeFilter | null | undefined;
}>;


export type FollowChangesSubscription = { readonly fileChanges:
    | { readonly __typename: 'FileDeleted', readonly cursor: string, readonly kind: FileChangeKind, readonly fileId: string, readonly occurredAt: string }
    | { readonly __typename: 'FileProgressed', readonly cursor: string, readonly kind: FileChangeKind, readonly fileId: string, readonly occurredAt: string, readonly file: { readonly id: string, readonly name: string, readonly contentType: string, readonly transfer: TransferMode, readonly size: number | null, readonly bytesReceived: number, readonly sha256: string | null, readonly state: FileState, readonly version: number, readonly attempts: number, readonly maxAttempts: number, readonly allowedEvents: ReadonlyArray<LifecycleEvent>, readonly metadata: Record<string, unknown>, readonly createdAt: string, readonly updatedAt: string, readonly failure: { readonly code: string, readonly message: string, readonly retryable: boolean } | null }, readonly progress: { readonly fileId: string, readonly state: FileState, readonly bytesReceived: number, readonly size: number | null, readonly bytesPerSecond: number | null, readonly etaSeconds: number | null, readonly phase: ProgressPhase, readonly fraction: number | null, readonly message: string | null } }
    | { readonly __typename: 'FileRegistered', readonly cursor: string, readonly kind: FileChangeKind, readonly fileId: string, readonly occurredAt: string, readonly file: { readonly id: string, readonly name: string, readonly contentType: string, readonly transfer: TransferMode, readonly size: number | null, readonly bytesReceived: number, readonly sha256: string | null, readonly state: FileState, readonly version: number, readonly attempts: number, readonly maxAttempts: number, readonly allowedEvents: ReadonlyArray<LifecycleEvent>, readonly metadata: Record<string, unknown>, readonly createdAt: string, readonly updatedAt: string, readonly failure: { readonly code: string, readonly message: string, readonly retryable: boolean } | null } }
    | { readonly __typename: 'FileTransitioned', readonly cursor: string, readonly kind: FileChangeKind, readonly fileId: string, readonly occurredAt: string, readonly file: { readonly id: string, readonly name: string, readonly contentType: string, readonly transfer: TransferMode, readonly size: number | null, readonly bytesReceived: number, readonly sha256: string | null, readonly state: FileState, readonly version: number, readonly attempts: number, readonly maxAttempts: number, readonly allowedEvents: ReadonlyArray<LifecycleEvent>, readonly metadata: Record<string, unknown>, readonly createdAt: string, readonly updatedAt: string, readonly failure: { readonly code: string, readonly message: string, readonly retryable: boolean } | null }, readonly transition: { readonly id: string, readonly event: LifecycleEvent, readonly from: FileState, readonly to: FileState, readonly version: number, readonly attemptId: string, readonly actor: string, readonly occurredAt: string } }
   };

export type ListedFileFragment = { readonly id: string, readonly name: string, readonly contentType: string, readonly transfer: TransferMode, readonly size: number | null, readonly bytesReceived: number, readonly sha256: string | null, readonly state: FileState, readonly version: number, readonly attempts: number, readonly maxAttempts: number, readonly allowedEvents: ReadonlyArray<LifecycleEvent>, readonly metadata: Record<string, unknown>, readonly createdAt: string, readonly updatedAt: string, readonly failure: { readonly code: string, readonly message: string, readonly retryable: boolean } | null };

export type ReadFilesQueryVariables = Exact<{
  filter?: FileFilter | null | undefined;
  orderBy?: FileOrder | null | undefined;
  first: number;
  after?: string | null | undefined;
}>;


export type ReadFilesQuery = { readonly feedCursor: string, readonly files: { readonly edges: ReadonlyArray<{ readonly cursor: string, readonly node: { readonly id: string, readonly name: string, readonly contentType: string, readonly transfer: TransferMode, readonly size: number | null, readonly bytesReceived: number, readonly sha256: string | null, readonly state: FileState, readonly version: number, readonly attempts: number, readonly maxAttempts: number, readonly allowedEvents: ReadonlyArray<LifecycleEvent>, readonly metadata: Record<string, unknown>, readonly createdAt: string, readonly updatedAt: string, readonly failure: { readonly code: string, readonly message: string, readonly retryable: boolean } | null } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } };

export type ReadFileQueryVariables = Exact<{
  id: string;
}>;


export type ReadFileQuery = { readonly feedCursor: string, readonly file: { readonly id: string, readonly name: string, readonly contentType: string, readonly transfer: TransferMode, readonly size: number | null, readonly bytesReceived: number, readonly sha256: string | null, readonly state: FileState, readonly version: number, readonly attempts: number, readonly maxAttempts: number, readonly allowedEvents: ReadonlyArray<LifecycleEvent>, readonly metadata: Record<string, unknown>, readonly createdAt: string, readonly updatedAt: string, readonly failure: { readonly code: string, readonly message: string, readonly retryable: boolean } | null } | null };

export type ReadCountsQueryVariables = Exact<{ [key: string]: never; }>;


export type ReadCountsQuery = { readonly feedCursor: string, readonly fileCounts: ReadonlyArray<{ readonly state: FileState, readonly count: number }> };

export type ReadFeedCursorQueryVariables = Exact<{ [key: string]: never; }>;


export type ReadFeedCursorQuery = { readonly feedCursor: string };

export type RegisterFileMutationVariables = Exact<{
  input: RegisterFileInput;
}>;


export type RegisterFileMutation = { readonly registerFile:
    | { readonly __typename: 'RegisterFileSuccess', readonly replayed: boolean, readonly file: { readonly uploadUrl: string | null, readonly id: string, readonly name: string, readonly contentType: string, readonly transfer: TransferMode, readonly size: number | null, readonly bytesReceived: number, readonly sha256: string | null, readonly state: FileState, readonly version: number, readonly attempts: number, readonly maxAttempts: number, readonly allowedEvents: ReadonlyArray<LifecycleEvent>, readonly metadata: Record<string, unknown>, readonly createdAt: string, readonly updatedAt: string, readonly failure: { readonly code: string, readonly message: string, readonly retryable: boolean } | null } }
    | { readonly __typename: 'RequestError', readonly field: string | null, readonly retryAfterSeconds: number | null, readonly code: ErrorCode, readonly message: string }
   };

export type TransitionFileMutationVariables = Exact<{
  input: TransitionFileInput;
}>;


export type TransitionFileMutation = { readonly transitionFile:
    | { readonly __typename: 'RequestError', readonly field: string | null, readonly retryAfterSeconds: number | null, readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'TransitionFileSuccess', readonly replayed: boolean, readonly file: { readonly id: string, readonly name: string, readonly contentType: string, readonly transfer: TransferMode, readonly size: number | null, readonly bytesReceived: number, readonly sha256: string | null, readonly state: FileState, readonly version: number, readonly attempts: number, readonly maxAttempts: number, readonly allowedEvents: ReadonlyArray<LifecycleEvent>, readonly metadata: Record<string, unknown>, readonly createdAt: string, readonly updatedAt: string, readonly failure: { readonly code: string, readonly message: string, readonly retryable: boolean } | null } }
    | { readonly __typename: 'TransitionRejected', readonly code: ErrorCode, readonly message: string, readonly file: { readonly id: string, readonly name: string, readonly contentType: string, readonly transfer: TransferMode, readonly size: number | null, readonly bytesReceived: number, readonly sha256: string | null, readonly state: FileState, readonly version: number, readonly attempts: number, readonly maxAttempts: number, readonly allowedEvents: ReadonlyArray<LifecycleEvent>, readonly metadata: Record<string, unknown>, readonly createdAt: string, readonly updatedAt: string, readonly failure: { readonly code: string, readonly message: string, readonly retryable: boolean } | null } }
   };

export type DeleteFileMutationVariables = Exact<{
  input: DeleteFileInput;
}>;


export type DeleteFileMutation = { readonly deleteFile:
    | { readonly __typename: 'DeleteFileSuccess', readonly id: string }
    | { readonly __typename: 'RequestError', readonly field: string | null, readonly retryAfterSeconds: number | null, readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'TransitionRejected', readonly code: ErrorCode, readonly message: string, readonly file: { readonly id: string, readonly name: string, readonly contentType: string, readonly transfer: TransferMode, readonly size: number | null, readonly bytesReceived: number, readonly sha256: string | null, readonly state: FileState, readonly version: number, readonly attempts: number, readonly maxAttempts: number, readonly allowedEvents: ReadonlyArray<LifecycleEvent>, readonly metadata: Record<string, unknown>, readonly createdAt: string, readonly updatedAt: string, readonly failure: { readonly code: string, readonly message: string, readonly retryable: boolean } | null } }
   };

export type ReadUploadQueryVariables = Exact<{
  id: string;
}>;


export type ReadUploadQuery = { readonly file: { readonly uploadUrl: string | null, readonly retryAt: string | null, readonly id: string, readonly name: string, readonly contentType: string, readonly transfer: TransferMode, readonly size: number | null, readonly bytesReceived: number, readonly sha256: string | null, readonly state: FileState, readonly version: number, readonly attempts: number, readonly maxAttempts: number, readonly allowedEvents: ReadonlyArray<LifecycleEvent>, readonly metadata: Record<string, unknown>, readonly createdAt: string, readonly updatedAt: string, readonly failure: { readonly code: string, readonly message: string, readonly retryable: boolean } | null } | null };

export type WatchChangesSubscriptionVariables = Exact<{
  after: string;
  filter?: FileChangeFilter | null | undefined;
}>;


export type WatchChangesSubscription = { readonly fileChanges:
    | { readonly cursor: string }
    | { readonly cursor: string }
    | { readonly cursor: string }
    | { readonly cursor: string }
   };
