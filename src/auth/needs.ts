// What each field of the schema and each HTTP route needs. The schema is not built (src/schema/require-permissions.ts), and
// a route does not compile, without a line here.
import type { Action } from './permissions.ts';
import { may } from './permissions.ts';
import type { Principal } from './principal.ts';

/** An action, or `sign_in`: whoever is signed in, in whatever role. */
export type Need = Action | 'sign_in';

export const meets = (principal: Principal, need: Need): boolean => need === 'sign_in' || may(principal, need);

/** By `Type.field` for what an operation can begin with. */
const ROOT_FIELDS: Readonly<Record<string, Need>> = {
  'Query.node': 'read',
  'Query.file': 'read',
  'Query.files': 'read',
  'Query.fileCounts': 'read',
  'Query.searchFiles': 'read',
  'Query.feedCursor': 'read',
  'Query.tenantUsage': 'read',
  'Query.lifecycle': 'sign_in',
  'Query.viewer': 'sign_in',
  'Query.apiKeys': 'manage_keys',
  'Query.webhooks': 'manage_webhooks',
  'Query.operations': 'operate',

  'Mutation.registerFile': 'register',
  'Mutation.registerFiles': 'register',
  'Mutation.transitionFile': 'transition',
  'Mutation.transitionFiles': 'transition',
  'Mutation.startUpload': 'transition',
  'Mutation.completeUpload': 'transition',
  'Mutation.failUpload': 'transition',
  'Mutation.completeProcessing': 'transition',
  'Mutation.failProcessing': 'transition',
  'Mutation.retry': 'transition',
  'Mutation.reset': 'transition',
  'Mutation.failReset': 'transition',
  'Mutation.reportUploadProgress': 'report_progress',
  'Mutation.deleteFile': 'delete',
  'Mutation.claimFiles': 'process',
  'Mutation.extendLease': 'process',
  'Mutation.releaseLease': 'process',
  'Mutation.cancelProcessing': 'steer_processing',
  'Mutation.reprocessFiles': 'steer_processing',
  'Mutation.createApiKey': 'manage_keys',
  'Mutation.revokeApiKey': 'manage_keys',
  'Mutation.createWebhook': 'manage_webhooks',
  'Mutation.updateWebhook': 'manage_webhooks',
  'Mutation.rotateWebhookSecret': 'manage_webhooks',
  'Mutation.deleteWebhook': 'manage_webhooks',
  'Mutation.replayWebhook': 'manage_webhooks',

  'Subscription.file': 'read',
  'Subscription.uploadProgress': 'read',
  'Subscription.fileChanges': 'read',
};

/** For all fields of a type. Every root field that leads to the type needs at least as much. */
const TYPES: Readonly<Partial<Record<Need, readonly string[]>>> = {
  sign_in: ['Viewer', 'Lifecycle', 'LifecycleEdge', 'PageInfo', 'RequestError', 'InputIssue'],
  read: [
    'File',
    'Failure',
    'Transition',
    'TransitionRejected',
    'FileTransitionsConnection',
    'FileTransitionsEdge',
    'QueryFilesConnection',
    'QueryFilesEdge',
    'FileStateCount',
    'TenantUsage',
    'Processing',
    'QuerySearchFilesConnection',
    'QuerySearchFilesEdge',
    'Snippet',
    'SnippetHit',
    'UploadProgress',
    'FileRegistered',
    'FileTransitioned',
    'FileProgressed',
    'FileDeleted',
  ],
  register: ['RegisterFileSuccess'],
  transition: ['TransitionFileSuccess'],
  report_progress: ['ReportUploadProgressSuccess'],
  delete: ['DeleteFileSuccess'],
  process: ['ClaimedFile', 'ExtendLeaseSuccess', 'ReleaseLeaseSuccess'],
  steer_processing: ['CancelProcessingSuccess', 'ReprocessFilesSuccess'],
  manage_keys: ['ApiKey', 'QueryApiKeysConnection', 'QueryApiKeysEdge', 'CreateApiKeySuccess', 'RevokeApiKeySuccess'],
  manage_webhooks: [
    'Webhook',
    'WebhookDelivery',
    'QueryWebhooksConnection',
    'QueryWebhooksEdge',
    'WebhookDeliveriesConnection',
    'WebhookDeliveriesEdge',
    'CreateWebhookSuccess',
    'UpdateWebhookSuccess',
    'RotateWebhookSecretSuccess',
    'DeleteWebhookSuccess',
    'ReplayWebhookSuccess',
  ],
  operate: ['Operations', 'QueueStatus'],
};

const NEED_OF_TYPE: ReadonlyMap<string, Need> = new Map(
  Object.entries(TYPES).flatMap(([need, types]) => types.map((type) => [type, need as Need] as const)),
);

/** Undefined: nobody has decided. */
export const needOfField = (type: string, field: string): Need | undefined =>
  ROOT_FIELDS[`${type}.${field}`] ?? NEED_OF_TYPE.get(type);

/** `public`: for everybody; `fields`: each field decides; by method where methods differ. */
type RouteNeed = 'public' | 'fields' | Action | Readonly<Record<string, Action | 'public'>>;

/** By path. A path that ends in a slash stands for everything below it. */
export const ROUTES = {
  '/healthz': 'public',
  '/readyz': 'public',
  // Totals of all tenants together, and nothing of a single one.
  '/metrics': 'public',
  // The page and its assets: program, and nothing of anybody.
  '/': 'public',
  '/assets/': 'public',
  // What browsers say that the policy of the page has forbidden: bounded, and only counted and logged.
  '/csp-reports': { POST: 'public' },
  '/graphql': 'fields',
  '/files/': 'read',
  '/uploads': { POST: 'register', OPTIONS: 'public' },
  '/uploads/': { HEAD: 'upload', PATCH: 'upload', DELETE: 'delete', OPTIONS: 'public' },
} as const satisfies Readonly<Record<string, RouteNeed>>;

export type RoutePath = keyof typeof ROUTES;
