// What GraphiQL opens with: a tab that takes a file through its life, and one that watches. GraphiQL has three habits
// that shaped them. It sends one operation with all fragments of the tab, so a fragment that only some operations use
// is refused as unused: there are none. It ends a subscription when another of its tabs is chosen, so the watching is
// done in a browser tab of its own. And its editor shows about 50 columns on a laptop, so lines are short.

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

const LIFE = `# Waybill owns the life of uploaded files.
# The docs (top left) explain all of it.
#
# 1. Open this page in a second browser tab,
#    choose Watch there and run it.
# 2. Run Register here (the button lists all),
#    and put the new id into Variables below:
#    { "id": "file_..." }
# 3. Run Start, Progress, Complete and Index:
#    each change arrives in the other tab.

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

# Refused, unless the file is UPLOADING: the
# answer says why, and what would be accepted.
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

const WATCH = `# Leave this running in a browser tab of its own:
# GraphiQL ends it when you choose another of
# the tabs above. It shows the newest message;
# the file's latest steps are part of it.

subscription Watch {
  fileChanges(
    filter: {
      kinds: [
        REGISTERED
        TRANSITIONED
        PROGRESSED
        DELETED
      ]
    }
  ) {
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
      }
    }
  }
}
`;

export const EXAMPLE_TABS: readonly ExampleTab[] = [{ query: LIFE }, { query: WATCH }];
