// Every entity: one for each table.
import { ApiKey } from './api-key.ts';
import { ByteCountDelta } from './byte-count-delta.ts';
import { ByteCount } from './byte-count.ts';
import { FeedHead } from './feed-head.ts';
import { FeedPosition } from './feed-position.ts';
import { FileAttributes } from './file-attributes.ts';
import { FileChange } from './file-change.ts';
import { FileCountDelta } from './file-count-delta.ts';
import { FileCount } from './file-count.ts';
import { FileText } from './file-text.ts';
import { File } from './file.ts';
import { IdempotencyRecord } from './idempotency-record.ts';
import { MetadataHeader } from './metadata-header.ts';
import { Segment } from './segment.ts';
import { SigningSecret } from './signing-secret.ts';
import { StoreIdentity } from './store-identity.ts';
import { Upload } from './upload.ts';
import { WebhookDelivery } from './webhook-delivery.ts';
import { WebhookSender } from './webhook-sender.ts';
import { Webhook } from './webhook.ts';

export const ENTITIES = [
  ApiKey,
  ByteCount,
  ByteCountDelta,
  File,
  FileAttributes,
  FileChange,
  FileCount,
  FileCountDelta,
  FileText,
  IdempotencyRecord,
  FeedHead,
  FeedPosition,
  MetadataHeader,
  Upload,
  Segment,
  SigningSecret,
  StoreIdentity,
  Webhook,
  WebhookDelivery,
  WebhookSender,
];
