// The types of the operations. Written by `npm run documents:print` from schema.graphql and
// web/src/documents: change those.

/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** The file whose processing is no longer wanted. */
export type CancelProcessingInput = {
  /** The id of a file in PROCESSING. */
  readonly id: string;
};

/** An API key to create, for the tenant of whoever creates it. */
export type CreateApiKeyInput = {
  /** When it stops working. Default: when it is revoked. */
  readonly expiresAt?: string | null | undefined;
  /** What people call it: 1 to 255 characters, no control characters. */
  readonly name: string;
  /** What it permits: at least one role. */
  readonly roles: ReadonlyArray<Role>;
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

/** Whose work a file in PROCESSING is. */
export type ProcessingQueue =
  /** That of the workers of this service. */
  | 'BUILTIN'
  /** That of workers that call claimFiles. */
  | 'EXTERNAL';

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

/** An API key to revoke. */
export type RevokeApiKeyInput = {
  /** The id of the key. */
  readonly id: string;
};

/** What a principal may do. Roles add up. */
export type Role =
  /** Everything, API keys included. */
  | 'ADMIN'
  /** Also registers, uploads, moves and deletes files, cancels processing, and has files processed again. */
  | 'UPLOADER'
  /** Reads files, their history and their changes, and downloads content. */
  | 'VIEWER'
  /** Reads files, claims and processes them, moves them on and reports progress; neither registers nor deletes any. */
  | 'WORKER';

/** The webhook to give a new secret. */
export type RotateWebhookSecretInput = {
  /** The id of the webhook. */
  readonly id: string;
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

/** What to change of a webhook. What is left out stays. */
export type UpdateWebhookInput = {
  /** What a message looks like. */
  readonly format?: WebhookFormat | null | undefined;
  /** The id of the webhook. */
  readonly id: string;
  /** Changes of these kinds. PROGRESSED is not in the change log, and is not sent. */
  readonly kinds?: ReadonlyArray<FileChangeKind> | null | undefined;
  /** ACTIVE or PAUSED. */
  readonly state?: WebhookState | null | undefined;
  /** Changes after which the file is in one of these states. null: any. */
  readonly states?: ReadonlyArray<FileState> | null | undefined;
  /** Where to send: https, without user and password. */
  readonly url?: string | null | undefined;
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

export type ListedFileFragment = { readonly id: string, readonly name: string, readonly contentType: string, readonly transfer: TransferMode, readonly size: number | null, readonly bytesReceived: number, readonly sha256: string | null, readonly state: FileState, readonly version: number, readonly attempts: number, readonly maxAttempts: number, readonly allowedEvents: ReadonlyArray<LifecycleEvent>, readonly metadata: Record<string, unknown>, readonly createdAt: string, readonly updatedAt: string, readonly failure: { readonly code: string, readonly message: string, readonly retryable: boolean } | null };

export type ReadOperationsQueryVariables = Exact<{ [key: string]: never; }>;


export type ReadOperationsQuery = { readonly operations: { readonly readAt: string, readonly subscriptions: number, readonly feedLagSeconds: number, readonly webhookLagSeconds: number | null, readonly queues: ReadonlyArray<{ readonly queue: ProcessingQueue, readonly waiting: number, readonly oldestSeconds: number | null, readonly taken: number, readonly workers: number }> } };

export type CountChangesSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;


export type CountChangesSubscription = { readonly fileChanges:
    | { readonly cursor: string, readonly kind: FileChangeKind }
    | { readonly cursor: string, readonly kind: FileChangeKind }
    | { readonly cursor: string, readonly kind: FileChangeKind }
    | { readonly cursor: string, readonly kind: FileChangeKind }
   };

export type ReadUsageQueryVariables = Exact<{ [key: string]: never; }>;


export type ReadUsageQuery = { readonly tenantUsage: { readonly files: number, readonly bytes: number, readonly openUploads: number, readonly filesQuota: number | null, readonly bytesQuota: number | null, readonly openUploadsQuota: number | null, readonly rateLimit: number | null } };

export type ListedWebhookFragment = { readonly id: string, readonly url: string, readonly kinds: ReadonlyArray<FileChangeKind>, readonly states: ReadonlyArray<FileState> | null, readonly format: WebhookFormat, readonly state: WebhookState, readonly disabledReason: string | null, readonly cursor: string, readonly createdAt: string };

export type ReadWebhooksQueryVariables = Exact<{
  first: number;
}>;


export type ReadWebhooksQuery = { readonly webhooks: { readonly edges: ReadonlyArray<{ readonly node: { readonly id: string, readonly url: string, readonly kinds: ReadonlyArray<FileChangeKind>, readonly states: ReadonlyArray<FileState> | null, readonly format: WebhookFormat, readonly state: WebhookState, readonly disabledReason: string | null, readonly cursor: string, readonly createdAt: string } }> } };

export type ReadDeliveriesQueryVariables = Exact<{
  id: string;
  first: number;
  after?: string | null | undefined;
}>;


export type ReadDeliveriesQuery = { readonly node:
    | { readonly __typename: 'ApiKey' }
    | { readonly __typename: 'File' }
    | { readonly __typename: 'Transition' }
    | { readonly __typename: 'Webhook', readonly id: string, readonly deliveries: { readonly edges: ReadonlyArray<{ readonly node: { readonly id: string, readonly fileId: string, readonly cursor: string, readonly state: WebhookDeliveryState, readonly attempts: number, readonly status: number | null, readonly error: string | null, readonly nextAttemptAt: string | null, readonly createdAt: string, readonly deliveredAt: string | null } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } }
    | { readonly __typename: 'WebhookDelivery' }
   | null };

export type CreateWebhookMutationVariables = Exact<{
  input: CreateWebhookInput;
}>;


export type CreateWebhookMutation = { readonly createWebhook:
    | { readonly __typename: 'CreateWebhookSuccess', readonly secret: string }
    | { readonly __typename: 'RequestError', readonly code: ErrorCode, readonly message: string, readonly field: string | null }
   };

export type UpdateWebhookMutationVariables = Exact<{
  input: UpdateWebhookInput;
}>;


export type UpdateWebhookMutation = { readonly updateWebhook:
    | { readonly __typename: 'RequestError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'UpdateWebhookSuccess' }
   };

export type RotateWebhookSecretMutationVariables = Exact<{
  input: RotateWebhookSecretInput;
}>;


export type RotateWebhookSecretMutation = { readonly rotateWebhookSecret:
    | { readonly __typename: 'RequestError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'RotateWebhookSecretSuccess', readonly secret: string }
   };

export type DeleteWebhookMutationVariables = Exact<{
  input: DeleteWebhookInput;
}>;


export type DeleteWebhookMutation = { readonly deleteWebhook:
    | { readonly __typename: 'DeleteWebhookSuccess' }
    | { readonly __typename: 'RequestError', readonly code: ErrorCode, readonly message: string }
   };

export type ReplayWebhookMutationVariables = Exact<{
  input: ReplayWebhookInput;
}>;


export type ReplayWebhookMutation = { readonly replayWebhook:
    | { readonly __typename: 'ReplayWebhookSuccess' }
    | { readonly __typename: 'RequestError', readonly code: ErrorCode, readonly message: string }
   };

export type ReadApiKeysQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type ReadApiKeysQuery = { readonly apiKeys: { readonly edges: ReadonlyArray<{ readonly node: { readonly id: string, readonly name: string, readonly roles: ReadonlyArray<Role>, readonly createdAt: string, readonly expiresAt: string | null, readonly lastUsedAt: string | null } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } };

export type CreateApiKeyMutationVariables = Exact<{
  input: CreateApiKeyInput;
}>;


export type CreateApiKeyMutation = { readonly createApiKey:
    | { readonly __typename: 'CreateApiKeySuccess', readonly secret: string }
    | { readonly __typename: 'RequestError', readonly code: ErrorCode, readonly message: string, readonly field: string | null }
   };

export type RevokeApiKeyMutationVariables = Exact<{
  input: RevokeApiKeyInput;
}>;


export type RevokeApiKeyMutation = { readonly revokeApiKey:
    | { readonly __typename: 'RequestError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'RevokeApiKeySuccess' }
   };

export type ReadFileDetailsQueryVariables = Exact<{
  id: string;
}>;


export type ReadFileDetailsQuery = { readonly file: { readonly id: string, readonly contentUrl: string | null, readonly properties: Record<string, unknown>, readonly processing: { readonly worker: string | null, readonly attempt: number, readonly progress: number | null, readonly message: string | null, readonly cancelRequested: boolean } | null, readonly transitions: { readonly edges: ReadonlyArray<{ readonly node: { readonly id: string, readonly event: LifecycleEvent, readonly from: FileState, readonly to: FileState, readonly version: number, readonly actor: string, readonly occurredAt: string, readonly failure: { readonly code: string, readonly message: string, readonly retryable: boolean } | null } }>, readonly pageInfo: { readonly hasPreviousPage: boolean } } } | null };

export type ReadLifecycleQueryVariables = Exact<{ [key: string]: never; }>;


export type ReadLifecycleQuery = { readonly lifecycle: { readonly version: string, readonly states: ReadonlyArray<FileState>, readonly edges: ReadonlyArray<{ readonly from: FileState, readonly event: LifecycleEvent, readonly to: FileState, readonly guard: string | null }> } };

export type ReadViewerQueryVariables = Exact<{ [key: string]: never; }>;


export type ReadViewerQuery = { readonly viewer: { readonly subject: string, readonly tenant: string, readonly roles: ReadonlyArray<Role>, readonly expiresAt: string | null } };

export type SearchFilesQueryVariables = Exact<{
  query: string;
  filter?: FileFilter | null | undefined;
  first: number;
  after?: string | null | undefined;
}>;


export type SearchFilesQuery = { readonly searchFiles: { readonly edges: ReadonlyArray<{ readonly node: { readonly id: string, readonly name: string, readonly contentType: string, readonly transfer: TransferMode, readonly size: number | null, readonly bytesReceived: number, readonly sha256: string | null, readonly state: FileState, readonly version: number, readonly attempts: number, readonly maxAttempts: number, readonly allowedEvents: ReadonlyArray<LifecycleEvent>, readonly metadata: Record<string, unknown>, readonly createdAt: string, readonly updatedAt: string, readonly failure: { readonly code: string, readonly message: string, readonly retryable: boolean } | null }, readonly snippets: ReadonlyArray<{ readonly text: string, readonly hits: ReadonlyArray<{ readonly start: number, readonly end: number }> }> }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } };

type Refusal_RequestError_Fragment = { readonly code: ErrorCode, readonly message: string };

type Refusal_TransitionRejected_Fragment = { readonly code: ErrorCode, readonly message: string };

export type RefusalFragment =
  | Refusal_RequestError_Fragment
  | Refusal_TransitionRejected_Fragment
;

export type TransitionFilesMutationVariables = Exact<{
  input: ReadonlyArray<TransitionFileInput> | TransitionFileInput;
}>;


export type TransitionFilesMutation = { readonly transitionFiles: ReadonlyArray<
    | { readonly __typename: 'RequestError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'TransitionFileSuccess', readonly file: { readonly id: string } }
    | { readonly __typename: 'TransitionRejected', readonly code: ErrorCode, readonly message: string, readonly file: { readonly id: string, readonly state: FileState, readonly transfer: TransferMode, readonly allowedEvents: ReadonlyArray<LifecycleEvent> } }
  > };

export type ReprocessFilesMutationVariables = Exact<{
  input: ReprocessFilesInput;
}>;


export type ReprocessFilesMutation = { readonly reprocessFiles:
    | { readonly __typename: 'ReprocessFilesSuccess', readonly queued: number, readonly hasMore: boolean, readonly endCursor: string | null }
    | { readonly __typename: 'RequestError', readonly code: ErrorCode, readonly message: string }
   };

export type CancelProcessingMutationVariables = Exact<{
  input: CancelProcessingInput;
}>;


export type CancelProcessingMutation = { readonly cancelProcessing:
    | { readonly __typename: 'CancelProcessingSuccess' }
    | { readonly __typename: 'RequestError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'TransitionRejected', readonly code: ErrorCode, readonly message: string }
   };
