// The types of the operations. Written by `npm run documents:print` from schema.graphql and
// cli/documents: change those.

/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** The file whose processing is no longer wanted. */
export type CancelProcessingInput = {
  /** The id of a file in PROCESSING. */
  readonly id: string;
};

/** A webhook to create, for the tenant of whoever creates it. */
export type CreateWebhookInput = {
  /** Send the changes after this cursor. Default: from now on. */
  readonly after?: string | null | undefined;
  /** What a message looks like. Default: STANDARD. */
  readonly format?: WebhookFormat | null | undefined;
  /** Changes of these kinds. PROGRESSED is not in the change log, and is not sent. Default: all others. */
  readonly kinds?: ReadonlyArray<FileChangeKind> | null | undefined;
  /** Changes after which the file is in one of these states. Default: any. */
  readonly states?: ReadonlyArray<FileState> | null | undefined;
  /** Where to send: https, without user and password. */
  readonly url: string;
};

/** The file to delete. */
export type DeleteFileInput = {
  /** Optimistic concurrency check: the request is rejected unless the file is at this version. */
  readonly expectedVersion?: number | null | undefined;
  /** The id of the file. */
  readonly id: string;
};

/** The webhook to delete. */
export type DeleteWebhookInput = {
  /** The id of the webhook. */
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

/** What to send again. */
export type ReplayWebhookInput = {
  /** Send the changes after this cursor. With `Webhook.cursor`: everything that has not arrived. */
  readonly after: string;
  /** The id of the webhook. */
  readonly id: string;
};

/** Which INDEXED files are processed again. EXTERNAL files are left out, as their bytes are not here; so is what does not exist. */
export type ReprocessFilesInput = {
  /** The endCursor of the call before. Without it, from the newest file on. */
  readonly after?: string | null | undefined;
  /** Files that match. Default: all. */
  readonly filter?: FileFilter | null | undefined;
  /** The number of files at most: 1 to 1000. Default: 100. */
  readonly first?: number | null | undefined;
  /** These files, at most 1000. Not with filter, first or after. */
  readonly ids?: ReadonlyArray<string> | null | undefined;
  /** Only files that this processor has not processed: they have no property of this name. */
  readonly processor?: string | null | undefined;
  /** With processor: also files whose property of this name has another `version`. Give the new version. */
  readonly versionNot?: string | null | undefined;
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

/** What became of a delivery. */
export type WebhookDeliveryState =
  /** The receiver has answered with 2xx. */
  | 'DELIVERED'
  /** It was given up. replayWebhook sends it again. */
  | 'FAILED'
  /** It has failed and is tried again, or waits for an earlier change of its file. */
  | 'PENDING';

/** What a message looks like. `data` is the same in all. */
export type WebhookFormat =
  /** CloudEvents 1.0 JSON, in structured mode. */
  | 'CLOUDEVENTS'
  /** The envelope that docs/webhooks.md describes. */
  | 'STANDARD';

/** Whether a webhook is sent anything. */
export type WebhookState =
  /** It is sent what it asks for. */
  | 'ACTIVE'
  /** The service has given it up: `disabledReason` says why. replayWebhook sends what it missed. */
  | 'DISABLED'
  /** Nothing is sent; once it is ACTIVE again it goes on from where it was, if the change log still reaches back there. */
  | 'PAUSED';

export type ChangedFileFragment = { readonly id: string, readonly name: string, readonly state: FileState, readonly version: number, readonly size: number | null, readonly failure: { readonly code: string, readonly message: string, readonly retryable: boolean } | null };

export type FollowSubscriptionVariables = Exact<{
  after: string;
  filter: FileChangeFilter;
}>;


export type FollowSubscription = { readonly fileChanges:
    | { readonly kind: FileChangeKind, readonly cursor: string, readonly fileId: string, readonly occurredAt: string }
    | { readonly kind: FileChangeKind, readonly cursor: string, readonly fileId: string, readonly occurredAt: string, readonly progress: { readonly state: FileState, readonly bytesReceived: number, readonly size: number | null, readonly bytesPerSecond: number | null, readonly etaSeconds: number | null, readonly phase: ProgressPhase, readonly fraction: number | null, readonly message: string | null } }
    | { readonly kind: FileChangeKind, readonly cursor: string, readonly fileId: string, readonly occurredAt: string, readonly file: { readonly id: string, readonly name: string, readonly state: FileState, readonly version: number, readonly size: number | null, readonly failure: { readonly code: string, readonly message: string, readonly retryable: boolean } | null } }
    | { readonly kind: FileChangeKind, readonly cursor: string, readonly fileId: string, readonly occurredAt: string, readonly file: { readonly id: string, readonly name: string, readonly state: FileState, readonly version: number, readonly size: number | null, readonly failure: { readonly code: string, readonly message: string, readonly retryable: boolean } | null }, readonly transition: { readonly event: LifecycleEvent, readonly from: FileState, readonly to: FileState, readonly actor: string } }
   };

export type WholeFileFragment = { readonly id: string, readonly name: string, readonly contentType: string, readonly transfer: TransferMode, readonly size: number | null, readonly bytesReceived: number, readonly sha256: string | null, readonly state: FileState, readonly version: number, readonly attempts: number, readonly maxAttempts: number, readonly retryAt: string | null, readonly createdAt: string, readonly updatedAt: string, readonly metadata: Record<string, unknown>, readonly properties: Record<string, unknown>, readonly failure: { readonly code: string, readonly message: string, readonly retryable: boolean } | null, readonly processing: { readonly worker: string | null, readonly attempt: number, readonly progress: number | null, readonly message: string | null, readonly leaseExpiresAt: string | null, readonly cancelRequested: boolean } | null };

export type FollowWholeSubscriptionVariables = Exact<{
  after: string;
  filter: FileChangeFilter;
}>;


export type FollowWholeSubscription = { readonly fileChanges:
    | { readonly kind: FileChangeKind, readonly cursor: string, readonly fileId: string, readonly occurredAt: string }
    | { readonly kind: FileChangeKind, readonly cursor: string, readonly fileId: string, readonly occurredAt: string }
    | { readonly kind: FileChangeKind, readonly cursor: string, readonly fileId: string, readonly occurredAt: string, readonly file: { readonly id: string, readonly name: string, readonly contentType: string, readonly transfer: TransferMode, readonly size: number | null, readonly bytesReceived: number, readonly sha256: string | null, readonly state: FileState, readonly version: number, readonly attempts: number, readonly maxAttempts: number, readonly retryAt: string | null, readonly createdAt: string, readonly updatedAt: string, readonly metadata: Record<string, unknown>, readonly properties: Record<string, unknown>, readonly failure: { readonly code: string, readonly message: string, readonly retryable: boolean } | null, readonly processing: { readonly worker: string | null, readonly attempt: number, readonly progress: number | null, readonly message: string | null, readonly leaseExpiresAt: string | null, readonly cancelRequested: boolean } | null } }
    | { readonly kind: FileChangeKind, readonly cursor: string, readonly fileId: string, readonly occurredAt: string, readonly file: { readonly id: string, readonly name: string, readonly contentType: string, readonly transfer: TransferMode, readonly size: number | null, readonly bytesReceived: number, readonly sha256: string | null, readonly state: FileState, readonly version: number, readonly attempts: number, readonly maxAttempts: number, readonly retryAt: string | null, readonly createdAt: string, readonly updatedAt: string, readonly metadata: Record<string, unknown>, readonly properties: Record<string, unknown>, readonly failure: { readonly code: string, readonly message: string, readonly retryable: boolean } | null, readonly processing: { readonly worker: string | null, readonly attempt: number, readonly progress: number | null, readonly message: string | null, readonly leaseExpiresAt: string | null, readonly cancelRequested: boolean } | null }, readonly transition: { readonly id: string, readonly fileId: string, readonly event: LifecycleEvent, readonly from: FileState, readonly to: FileState, readonly version: number, readonly attemptId: string, readonly actor: string, readonly occurredAt: string, readonly failure: { readonly code: string, readonly message: string, readonly retryable: boolean } | null } }
   };

export type FileFactsFragment = { readonly id: string, readonly name: string, readonly contentType: string, readonly transfer: TransferMode, readonly size: number | null, readonly bytesReceived: number, readonly sha256: string | null, readonly state: FileState, readonly version: number, readonly attempts: number, readonly maxAttempts: number, readonly retryAt: string | null, readonly allowedEvents: ReadonlyArray<LifecycleEvent>, readonly uploadUrl: string | null, readonly metadata: Record<string, unknown>, readonly createdAt: string, readonly updatedAt: string, readonly failure: { readonly code: string, readonly message: string, readonly retryable: boolean } | null };

type Refusal_RequestError_Fragment = { readonly retryAfterSeconds: number | null, readonly code: ErrorCode, readonly message: string };

type Refusal_TransitionRejected_Fragment = { readonly code: ErrorCode, readonly message: string };

export type RefusalFragment =
  | Refusal_RequestError_Fragment
  | Refusal_TransitionRejected_Fragment
;

export type FileQueryVariables = Exact<{
  id: string;
}>;


export type FileQuery = { readonly file: { readonly id: string, readonly name: string, readonly contentType: string, readonly transfer: TransferMode, readonly size: number | null, readonly bytesReceived: number, readonly sha256: string | null, readonly state: FileState, readonly version: number, readonly attempts: number, readonly maxAttempts: number, readonly retryAt: string | null, readonly allowedEvents: ReadonlyArray<LifecycleEvent>, readonly uploadUrl: string | null, readonly metadata: Record<string, unknown>, readonly createdAt: string, readonly updatedAt: string, readonly failure: { readonly code: string, readonly message: string, readonly retryable: boolean } | null } | null };

export type ContentQueryVariables = Exact<{
  id: string;
}>;


export type ContentQuery = { readonly file: { readonly name: string, readonly state: FileState, readonly size: number | null, readonly sha256: string | null, readonly contentUrl: string | null } | null };

export type FilesQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  filter?: FileFilter | null | undefined;
}>;


export type FilesQuery = { readonly files: { readonly edges: ReadonlyArray<{ readonly node: { readonly id: string, readonly name: string, readonly contentType: string, readonly transfer: TransferMode, readonly size: number | null, readonly bytesReceived: number, readonly sha256: string | null, readonly state: FileState, readonly version: number, readonly attempts: number, readonly maxAttempts: number, readonly retryAt: string | null, readonly allowedEvents: ReadonlyArray<LifecycleEvent>, readonly uploadUrl: string | null, readonly metadata: Record<string, unknown>, readonly createdAt: string, readonly updatedAt: string, readonly failure: { readonly code: string, readonly message: string, readonly retryable: boolean } | null } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } };

export type HistoryQueryVariables = Exact<{
  id: string;
  first: number;
  after?: string | null | undefined;
}>;


export type HistoryQuery = { readonly file: { readonly id: string, readonly name: string, readonly contentType: string, readonly transfer: TransferMode, readonly size: number | null, readonly bytesReceived: number, readonly sha256: string | null, readonly state: FileState, readonly version: number, readonly attempts: number, readonly maxAttempts: number, readonly retryAt: string | null, readonly allowedEvents: ReadonlyArray<LifecycleEvent>, readonly uploadUrl: string | null, readonly metadata: Record<string, unknown>, readonly createdAt: string, readonly updatedAt: string, readonly transitions: { readonly edges: ReadonlyArray<{ readonly node: { readonly version: number, readonly event: LifecycleEvent, readonly from: FileState, readonly to: FileState, readonly occurredAt: string, readonly actor: string, readonly attemptId: string, readonly failure: { readonly code: string, readonly message: string, readonly retryable: boolean } | null } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } }, readonly failure: { readonly code: string, readonly message: string, readonly retryable: boolean } | null } | null };

export type RegisterMutationVariables = Exact<{
  input: ReadonlyArray<RegisterFileInput> | RegisterFileInput;
}>;


export type RegisterMutation = { readonly answers: ReadonlyArray<
    | { readonly __typename: 'RegisterFileSuccess', readonly replayed: boolean, readonly file: { readonly id: string, readonly name: string, readonly contentType: string, readonly transfer: TransferMode, readonly size: number | null, readonly bytesReceived: number, readonly sha256: string | null, readonly state: FileState, readonly version: number, readonly attempts: number, readonly maxAttempts: number, readonly retryAt: string | null, readonly allowedEvents: ReadonlyArray<LifecycleEvent>, readonly uploadUrl: string | null, readonly metadata: Record<string, unknown>, readonly createdAt: string, readonly updatedAt: string, readonly failure: { readonly code: string, readonly message: string, readonly retryable: boolean } | null } }
    | { readonly __typename: 'RequestError', readonly retryAfterSeconds: number | null, readonly code: ErrorCode, readonly message: string }
  > };

export type TransitionMutationVariables = Exact<{
  input: ReadonlyArray<TransitionFileInput> | TransitionFileInput;
}>;


export type TransitionMutation = { readonly answers: ReadonlyArray<
    | { readonly __typename: 'RequestError', readonly retryAfterSeconds: number | null, readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'TransitionFileSuccess', readonly file: { readonly id: string, readonly name: string, readonly contentType: string, readonly transfer: TransferMode, readonly size: number | null, readonly bytesReceived: number, readonly sha256: string | null, readonly state: FileState, readonly version: number, readonly attempts: number, readonly maxAttempts: number, readonly retryAt: string | null, readonly allowedEvents: ReadonlyArray<LifecycleEvent>, readonly uploadUrl: string | null, readonly metadata: Record<string, unknown>, readonly createdAt: string, readonly updatedAt: string, readonly failure: { readonly code: string, readonly message: string, readonly retryable: boolean } | null }, readonly transition: { readonly from: FileState, readonly to: FileState } }
    | { readonly __typename: 'TransitionRejected', readonly code: ErrorCode, readonly message: string }
  > };

export type DeleteMutationVariables = Exact<{
  input: DeleteFileInput;
}>;


export type DeleteMutation = { readonly answer:
    | { readonly __typename: 'DeleteFileSuccess' }
    | { readonly __typename: 'RequestError', readonly retryAfterSeconds: number | null, readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'TransitionRejected', readonly code: ErrorCode, readonly message: string }
   };

export type CancelMutationVariables = Exact<{
  input: CancelProcessingInput;
}>;


export type CancelMutation = { readonly answer:
    | { readonly __typename: 'CancelProcessingSuccess', readonly file: { readonly name: string, readonly state: FileState, readonly failure: { readonly code: string, readonly message: string, readonly retryable: boolean } | null } }
    | { readonly __typename: 'RequestError', readonly retryAfterSeconds: number | null, readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'TransitionRejected', readonly code: ErrorCode, readonly message: string }
   };

export type ReprocessMutationVariables = Exact<{
  input: ReprocessFilesInput;
}>;


export type ReprocessMutation = { readonly answer:
    | { readonly __typename: 'ReprocessFilesSuccess', readonly queued: number, readonly hasMore: boolean, readonly endCursor: string | null }
    | { readonly __typename: 'RequestError', readonly retryAfterSeconds: number | null, readonly code: ErrorCode, readonly message: string }
   };

export type SearchQueryVariables = Exact<{
  query: string;
  filter?: FileFilter | null | undefined;
  first: number;
  after?: string | null | undefined;
}>;


export type SearchQuery = { readonly searchFiles: { readonly edges: ReadonlyArray<{ readonly rank: number, readonly snippets: ReadonlyArray<{ readonly text: string, readonly hits: ReadonlyArray<{ readonly start: number, readonly end: number }> }>, readonly node: { readonly id: string, readonly name: string, readonly state: FileState, readonly contentType: string, readonly size: number | null } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } };

export type WebhookFactsFragment = { readonly id: string, readonly url: string, readonly kinds: ReadonlyArray<FileChangeKind>, readonly states: ReadonlyArray<FileState> | null, readonly format: WebhookFormat, readonly state: WebhookState, readonly disabledReason: string | null, readonly cursor: string, readonly createdAt: string };

export type WebhooksQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type WebhooksQuery = { readonly webhooks: { readonly edges: ReadonlyArray<{ readonly node: { readonly id: string, readonly url: string, readonly kinds: ReadonlyArray<FileChangeKind>, readonly states: ReadonlyArray<FileState> | null, readonly format: WebhookFormat, readonly state: WebhookState, readonly disabledReason: string | null, readonly cursor: string, readonly createdAt: string } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } };

export type WebhookQueryVariables = Exact<{
  id: string;
  first: number;
}>;


export type WebhookQuery = { readonly node:
    | { readonly __typename: 'ApiKey' }
    | { readonly __typename: 'File' }
    | { readonly __typename: 'Transition' }
    | { readonly __typename: 'Webhook', readonly id: string, readonly url: string, readonly kinds: ReadonlyArray<FileChangeKind>, readonly states: ReadonlyArray<FileState> | null, readonly format: WebhookFormat, readonly state: WebhookState, readonly disabledReason: string | null, readonly cursor: string, readonly createdAt: string, readonly deliveries: { readonly edges: ReadonlyArray<{ readonly node: { readonly id: string, readonly fileId: string, readonly cursor: string, readonly state: WebhookDeliveryState, readonly attempts: number, readonly status: number | null, readonly error: string | null, readonly nextAttemptAt: string | null, readonly createdAt: string, readonly deliveredAt: string | null } }> } }
    | { readonly __typename: 'WebhookDelivery' }
   | null };

export type CreateWebhookMutationVariables = Exact<{
  input: CreateWebhookInput;
}>;


export type CreateWebhookMutation = { readonly answer:
    | { readonly __typename: 'CreateWebhookSuccess', readonly secret: string, readonly webhook: { readonly id: string, readonly url: string, readonly kinds: ReadonlyArray<FileChangeKind>, readonly states: ReadonlyArray<FileState> | null, readonly format: WebhookFormat, readonly state: WebhookState, readonly disabledReason: string | null, readonly cursor: string, readonly createdAt: string } }
    | { readonly __typename: 'RequestError', readonly retryAfterSeconds: number | null, readonly code: ErrorCode, readonly message: string }
   };

export type ReplayWebhookMutationVariables = Exact<{
  input: ReplayWebhookInput;
}>;


export type ReplayWebhookMutation = { readonly answer:
    | { readonly __typename: 'ReplayWebhookSuccess', readonly webhook: { readonly id: string, readonly url: string, readonly kinds: ReadonlyArray<FileChangeKind>, readonly states: ReadonlyArray<FileState> | null, readonly format: WebhookFormat, readonly state: WebhookState, readonly disabledReason: string | null, readonly cursor: string, readonly createdAt: string } }
    | { readonly __typename: 'RequestError', readonly retryAfterSeconds: number | null, readonly code: ErrorCode, readonly message: string }
   };

export type DeleteWebhookMutationVariables = Exact<{
  input: DeleteWebhookInput;
}>;


export type DeleteWebhookMutation = { readonly answer:
    | { readonly __typename: 'DeleteWebhookSuccess' }
    | { readonly __typename: 'RequestError', readonly retryAfterSeconds: number | null, readonly code: ErrorCode, readonly message: string }
   };
