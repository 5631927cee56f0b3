// The tabs that GraphiQL opens with: one takes a file through its lifecycle, the other watches changes. There are no
// fragments, because GraphiQL sends an operation with all fragments of its tab, and unused ones are refused. The watching
// runs in a second browser tab, because GraphiQL ends a subscription when the user switches to another of its own tabs.
// Lines are short, because the editor shows about 50 columns on a laptop.

export interface ExampleTab {
  readonly query: string;
}

const OUTCOME = `{
    __typename
    ... on TransitionFileSuccess {
      transition { event from to version }
      file { state allowedEvents }
    }
    ... on TransitionRejected {
      code message allowedEvents
    }
    ... on RequestError { code message field }
  }`;

const LIFE = `# Waybill owns the lifecycle of uploaded files.
# The docs (top left) describe every type.
#
# 1. Open this page in a second browser tab:
#    it opens on Watch. Run it.
# 2. Run Register here (the run button lists
#    all operations), and copy the new id to
#    Variables below: { "id": "file_..." }
# 3. Run Start, Progress, Complete and Index:
#    each change appears in the second tab.

mutation Register {
  registerFile(
    input: {
      name: "holiday.jpg"
      contentType: "image/jpeg"
      transfer: EXTERNAL
      size: 4096
    }
  ) {
    __typename
    ... on RegisterFileSuccess {
      file { id state version allowedEvents }
    }
    ... on RequestError { code message field }
  }
}

mutation Start($id: ID!) {
  startUpload(input: { id: $id }) ${OUTCOME}
}

mutation Progress($id: ID!) {
  reportUploadProgress(
    input: { id: $id, bytesReceived: 1024 }
  ) {
    __typename
    ... on ReportUploadProgressSuccess {
      file { bytesReceived size }
    }
    ... on Error { code message }
  }
}

mutation Complete($id: ID!) {
  completeUpload(input: { id: $id }) ${OUTCOME}
}

mutation Index($id: ID!) {
  completeProcessing(input: { id: $id }) ${OUTCOME}
}

# Rejected unless the file is UPLOADING. The
# result says why, and which events are allowed.
mutation Refused($id: ID!) {
  transitionFile(
    input: { id: $id, event: COMPLETE_UPLOAD }
  ) ${OUTCOME}
}

query Files {
  fileCounts { state count }
  files(first: 10) {
    edges {
      node {
        id name state version bytesReceived size
        transitions {
          edges {
            node { event from to version }
          }
        }
      }
    }
  }
}

query Machine {
  lifecycle { version mermaid }
}
`;

const WATCH = `# Keep this running in a separate browser tab:
# GraphiQL ends it when you switch to another of
# the tabs above. It shows the latest change,
# with the last transitions of the file. After a
# lost connection it goes on from its cursor.

subscription Watch($after: Cursor) {
  fileChanges(
    after: $after
    filter: {
      kinds: [
        REGISTERED
        TRANSITIONED
        PROGRESSED
        DELETED
      ]
    }
  ) {
    cursor
    kind
    fileId
    ... on FileRegistered {
      file { name state version }
    }
    ... on FileTransitioned {
      file {
        name
        state
        version
        transitions(last: 3) {
          edges { node { event to } }
        }
      }
    }
    ... on FileProgressed {
      progress {
        bytesReceived
        size
        bytesPerSecond
        etaSeconds
        phase
        fraction
        message
      }
    }
  }
}
`;

export const EXAMPLE_TABS: readonly ExampleTab[] = [{ query: LIFE }, { query: WATCH }];
