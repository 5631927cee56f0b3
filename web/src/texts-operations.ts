// Every word of the operations view. Beside texts.ts, because they are loaded with the view and not with the page.
import type {
  FileChangeKind,
  ProcessingQueue,
  Role,
  WebhookDeliveryState,
  WebhookState,
} from './generated/operations.ts';

export const KIND_NAMES: Readonly<Record<Exclude<FileChangeKind, 'PROGRESSED'>, string>> = {
  REGISTERED: 'Registered',
  TRANSITIONED: 'Changed state',
  DELETED: 'Deleted',
};

export const WEBHOOK_STATE_NAMES: Readonly<Record<WebhookState, string>> = {
  ACTIVE: 'Active',
  PAUSED: 'Disabled',
  DISABLED: 'Given up',
};

export const DELIVERY_STATE_NAMES: Readonly<Record<WebhookDeliveryState, string>> = {
  DELIVERED: 'Delivered',
  PENDING: 'Waiting',
  FAILED: 'Failed',
};

export const ROLE_NAMES: Readonly<Record<Role, string>> = {
  VIEWER: 'Viewer',
  UPLOADER: 'Uploader',
  WORKER: 'Worker',
  ADMIN: 'Admin',
};

export const ROLE_HINTS: Readonly<Record<Role, string>> = {
  VIEWER: 'reads files and their history',
  UPLOADER: 'uploads, moves and deletes files too',
  WORKER: 'takes files and processes them',
  ADMIN: 'everything, keys and webhooks included',
};

export const QUEUE_NAMES: Readonly<Record<ProcessingQueue, string>> = {
  BUILTIN: 'workers of the service',
  EXTERNAL: 'workers of your own',
};

export const OPS = {
  title: 'Operations',
  live: 'Live numbers',
  pause: 'Pause',
  resume: 'Resume',
  paused: 'Paused. What you see was true then.',
  failed: (since: string): string =>
    `The numbers have not come since ${since}. What you see was true then; it is being tried again.`,
  none: '–',
  highest: (name: string, now: string, most: string): string =>
    `${name}: ${now} now, ${most} at most in the last 5 minutes.`,
  throughput: 'Throughput',
  perSecond: (count: string): string => `${count}/s`,
  throughputHint: 'changes of your files',
  feedLag: 'Feed lag',
  feedLagHint: 'the oldest change that is not in the stream',
  queueDepth: 'Queue depth',
  queueDepthHint: (waiting: string): string => (waiting === '' ? 'files that wait for a worker' : waiting),
  waitingFor: (count: string, queue: string): string => `${count} for ${queue}`,
  most: (count: string): string => `${count}+`,
  queueAge: 'Queue age',
  queueAgeHint: 'the file that has waited longest',
  workers: 'Workers',
  workersHint: (taken: string): string => (taken === '1' ? 'with 1 file' : `with ${taken} files`),
  subscriptions: 'Subscribers',
  subscriptionsHint: 'open subscriptions',
  webhookLag: 'Webhook lag',
  webhookLagHint: 'the oldest change that has not arrived',
  noWebhook: 'no webhook is active',

  usage: 'Usage',
  usageFailed: 'The usage cannot be read',
  files: 'Files',
  bytes: 'Stored bytes',
  openUploads: 'Open uploads',
  rate: 'Mutations',
  ofQuota: (quota: string): string => `of ${quota}`,
  unlimited: 'no limit',
  atMost: (count: string): string => `at most ${count}/s to one server`,

  webhooks: 'Webhooks',
  addWebhook: 'Add a webhook',
  noWebhooks: 'No webhooks yet',
  noWebhooksHint: 'A webhook is a URL of yours that is sent every change of your files, signed and in order.',
  webhooksFailed: 'The webhooks cannot be read',
  loading: 'Loading…',
  url: 'URL',
  urlHint: 'https, of a server that can be reached from here',
  kinds: 'What it is sent',
  states: 'Only files that are',
  anyState: 'None chosen: files in every state.',
  format: 'Format',
  formats: { STANDARD: 'Standard Webhooks', CLOUDEVENTS: 'CloudEvents' },
  add: 'Add',
  sentWhat: (kinds: string): string => `Sent: ${kinds}`,
  sentStates: (states: string): string => `only ${states}`,
  since: (when: string): string => `since ${when}`,
  disable: 'Disable',
  enable: 'Enable',
  rotate: 'New secret',
  remove: 'Remove',
  replay: 'Replay',
  deliveries: 'Deliveries',
  of: (action: string, what: string): string => `${action}: ${what}`,
  confirmRotate: 'Give this webhook a new secret?',
  confirmRotateHint:
    'Messages are signed with the old one too for a day, so that you have time to change the receiver.',
  confirmRemove: 'Remove this webhook?',
  confirmRemoveHint: 'Nothing is sent to it any more, and what became of its deliveries is forgotten.',
  confirmReplay: 'Send changes again?',
  confirmReplayAll:
    'Everything from the first change that has not arrived is sent again, in order. The receiver knows what it has by the ids, which stay the same.',
  confirmReplayAfter:
    'Everything after this delivery is sent again, in order. The receiver knows what it has by the ids, which stay the same.',
  replayAfter: 'Replay after this',
  replayStarted: 'It is being sent again.',

  noDeliveries: 'Nothing has been sent yet.',
  deliveriesFailed: 'The deliveries cannot be read',
  moreDeliveries: 'Older deliveries',
  attempts: (count: string): string => (count === '1' ? '1 attempt' : `${count} attempts`),
  waitsForEarlier: 'waits for an earlier change of its file',
  status: (status: number): string => `HTTP ${status}`,
  nextAttempt: (when: string): string => `next attempt ${when}`,
  openFile: (id: string): string => `Open the file ${id}`,

  secret: 'The secret',
  webhookSecretHint: 'Your receiver checks the signature of messages with it. It is shown now and never again.',
  keySecretHint: 'Give it to the program that is to use it. It is shown now and never again.',
  copy: 'Copy',
  copied: 'Copied',
  done: 'Done',

  keys: 'API keys',
  addKey: 'Create a key',
  noKeys: 'No API keys yet',
  noKeysHint: 'A key lets a program in that has no user to sign in: a worker, a script, a server of yours.',
  keysFailed: 'The API keys cannot be read',
  moreKeys: 'Older keys',
  name: 'Name',
  nameHint: 'By which you will know it',
  roles: 'Roles',
  expires: 'Expires',
  expiries: { never: 'never', 30: 'in 30 days', 90: 'in 90 days', 365: 'in a year' },
  create: 'Create',
  created: (when: string): string => `created ${when}`,
  neverUsed: 'never used',
  lastUsed: (when: string): string => `last used ${when}`,
  expiresAt: (when: string): string => `expires ${when}`,
  neverExpires: 'never expires',
  revoke: 'Revoke',
  confirmRevoke: (name: string): string => `Revoke ${name}?`,
  confirmRevokeHint: 'Whatever uses it is refused from then on. This cannot be undone.',
} as const;
