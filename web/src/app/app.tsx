// The page: signing in, or the files.
import { useStore } from '@waybill/client/react';
import { useEffect, useRef, useState } from 'react';
import { FilePanel } from '../file/file-panel.tsx';
import { FilesView } from '../files/files-view.tsx';
import { StateFilter } from '../files/state-filter.tsx';
import { clearSelection, useSelected } from '../files/selection.ts';
import { Operations } from '../operations/operations.tsx';
import { SearchResults } from '../search/search-results.tsx';
import type { Credentials } from '../sign-in/credentials.ts';
import { SignIn, SignInAgain } from '../sign-in/sign-in.tsx';
import { TEXTS } from '../texts.ts';
import { Dialog } from '../ui/dialog.tsx';
import { DropZone } from '../upload/drop-zone.tsx';
import { Pickers } from '../upload/pickers.tsx';
import { QueuePanel } from '../upload/queue-panel.tsx';
import { Header } from './header.tsx';
import { useKeys } from './keys.ts';
import { go, useRoute } from './route.ts';
import { type Session, mayChange, mayOperate, session } from './session.ts';

export function App() {
  const current = useStore(session);
  return current === null ? <SignIn /> : <Files session={current} />;
}

function Ended({ credentials }: { readonly credentials: Credentials }) {
  return useStore(credentials.isEnded) && <SignInAgain />;
}

function Files({ session: current }: { readonly session: Session }) {
  const { view, search, fileId } = useRoute();
  const selected = useSelected();
  const [isHelping, setHelping] = useState(false);
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const find = useRef<HTMLInputElement>(null);
  const choose = (): void => files.current?.click();
  useKeys({
    '/': () => find.current?.focus(),
    '?': () => setHelping(true),
    u: choose,
    ...(mayOperate(current) && { o: () => go({ view: view === 'files' ? 'operations' : 'files', search: '' }) }),
    j: focusFiles,
    k: focusFiles,
    Escape: () => {
      if (fileId !== null) closeFile();
      else if (selected.size > 0) clearSelection();
      else if (search !== '') go({ search: '' });
    },
  });
  // Whoever follows a link to a file reads it first.
  useEffect(() => {
    if (location.hash === '' || fileId === null) document.getElementById('files')?.focus();
  }, []);
  return (
    <div className="app" data-file={fileId === null ? undefined : true}>
      <a className="skip" href="#main" onClick={(event) => (event.preventDefault(), focusFiles())}>
        {TEXTS.skip}
      </a>
      <Header
        session={current}
        find={find}
        onChoose={choose}
        onChooseFolder={() => folder.current?.click()}
        onHelp={() => setHelping(true)}
      />
      {current.credentials !== null && <Ended credentials={current.credentials} />}
      <main className="main" id="main" tabIndex={-1}>
        <div className="list">
          {search !== '' ? (
            <SearchResults session={current} />
          ) : view === 'operations' ? (
            <Operations session={current} />
          ) : (
            <>
              <StateFilter session={current} />
              <FilesView session={current} onChoose={choose} />
            </>
          )}
        </div>
        {fileId !== null && <FilePanel key={fileId} id={fileId} session={current} onClose={closeFile} />}
      </main>
      <QueuePanel queue={current.uploads.queue} />
      {mayChange(current) && <DropZone uploads={current.uploads} />}
      <Pickers uploads={current.uploads} files={files} folder={folder} />
      {isHelping && <KeyHelp onClose={() => setHelping(false)} />}
    </div>
  );
}

/** Where there is no table, what is shown instead. */
const focusFiles = (): void => (document.getElementById('files') ?? document.getElementById('main'))?.focus();

function closeFile(): void {
  go({ fileId: null });
  focusFiles();
}

function KeyHelp({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title={TEXTS.keys} onClose={onClose}>
      <dl className="keys">
        {TEXTS.keyHelp.map(([keys, meaning]) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
