// The first tab of GraphiQL: enough to take a file through its life and watch it from another tab.

export const EXAMPLE_OPERATIONS = `# Waybill owns the life of uploaded files. The docs (book icon) explain every type and field.
#
# 1. Open a second tab, paste the subscription Watch there and run it.
# 2. Run Register here, copy the id into the variables: { "id": "file_..." }
# 3. Run Start, Progress, Complete, Index, and see each change arrive in the other tab.

mutation Register {
  registerFile(input: { name: "holiday.jpg", contentType: "image/jpeg", transfer: EXTERNAL, size: 4096 }) {
    __typename
    ... on RegisterFileSuccess { file { id state version allowedEvents } }
    ... on Error { code message }
  }
}

mutation Start($id: ID!) {
  startUpload(input: { id: $id }) { ...Outcome }
}

mutation Progress($id: ID!) {
  reportUploadProgress(input: { id: $id, bytesReceived: 1024 }) {
    __typename
    ... on ReportUploadProgressSuccess { file { bytesReceived size } }
    ... on Error { code message }
  }
}

mutation Complete($id: ID!) {
  completeUpload(input: { id: $id }) { ...Outcome }
}

mutation Index($id: ID!) {
  completeProcessing(input: { id: $id }) { ...Outcome }
}

# A transition the machine refuses: the answer says why, and what it would accept.
mutation Refused($id: ID!) {
  transitionFile(input: { id: $id, event: COMPLETE_UPLOAD }) { ...Outcome }
}

query Files {
  fileCounts { state count }
  files(first: 10) {
    edges { node { id name state version bytesReceived size transitions { edges { node { event from to version occurredAt } } } } }
  }
}

query Machine {
  lifecycle { version mermaid }
}

subscription Watch {
  fileChanges(filter: { kinds: [REGISTERED, TRANSITIONED, PROGRESSED, DELETED] }) {
    kind
    fileId
    cursor
    ... on FileRegistered { file { name state } }
    ... on FileTransitioned { transition { event from to version actor } file { state version allowedEvents } }
    ... on FileProgressed { progress { bytesReceived size bytesPerSecond etaSeconds } }
  }
}

fragment Outcome on TransitionFileResult {
  __typename
  ... on TransitionFileSuccess { transition { event from to version } file { state allowedEvents } }
  ... on TransitionRejected { code message allowedEvents }
  ... on RequestError { code message }
}
`;
