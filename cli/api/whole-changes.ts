// Changes with all that a webhook is sent of them.
import { document } from './document.ts';

/** Everything that a message has (docs/webhook.schema.json). */
export const EVERYTHING = document(`subscription ($after: Cursor!, $filter: FileChangeFilter!) {
  fileChanges(after: $after, filter: $filter) {
    kind cursor fileId occurredAt
    ... on FileRegistered { file { ...Whole } }
    ... on FileTransitioned { file { ...Whole } transition {
      id fileId event from to version attemptId actor failure { code message retryable } occurredAt } }
  }
}
fragment Whole on File {
  id name contentType transfer size bytesReceived sha256 state version attempts maxAttempts
  failure { code message retryable } retryAt
  processing { worker attempt progress message leaseExpiresAt cancelRequested }
  createdAt updatedAt metadata properties
}`);
