// The bar at the top: search, type, upload, and a menu.
import { type RefObject, useEffect, useState } from 'react';
import { KIND_NAMES, TEXTS } from '../texts.ts';
import { Icon } from '../ui/icon.tsx';
import { Menu, MenuChoice, MenuItem, MenuNote, MenuSeparator } from '../ui/menu.tsx';
import { go, useRoute } from './route.ts';
import { type Session, leave, mayChange, mayOperate } from './session.ts';
import { BASE_URL, HAS_GRAPHIQL, NEEDS_SIGN_IN } from './settings.ts';
import { THEMES, chooseTheme, useTheme } from './theme.ts';

interface HeaderProps {
  readonly session: Session;
  readonly find: RefObject<HTMLInputElement | null>;
  readonly onChoose: () => void;
  readonly onChooseFolder: () => void;
  readonly onHelp: () => void;
}

export function Header({ session, find, onChoose, onChooseFolder, onHelp }: HeaderProps) {
  const { kind } = useRoute();
  return (
    <header className="head">
      <h1 className="brand">
        <Mark />
        <span>{TEXTS.product}</span>
      </h1>
      {mayOperate(session) && <Views />}
      <Search find={find} />
      <select
        className="select"
        aria-label={TEXTS.types}
        value={kind ?? ''}
        onChange={({ target }) => go({ view: 'files', kind: target.value === '' ? null : target.value })}
      >
        <option value="">{TEXTS.allTypes}</option>
        {Object.entries(KIND_NAMES).map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
      {mayChange(session) && (
        <button type="button" className="button primary head-upload" onClick={onChoose}>
          <Icon name="upload" />
          <span>{TEXTS.upload}</span>
        </button>
      )}
      <MainMenu session={session} onChooseFolder={onChooseFolder} onHelp={onHelp} />
    </header>
  );
}

/** Where one can go. A search is of files. */
function Views() {
  const { view, search } = useRoute();
  const shown = search === '' ? view : 'files';
  return (
    <nav className="views" aria-label={TEXTS.views}>
      {(['files', 'operations'] as const).map((each) => (
        <a
          key={each}
          href={each === 'files' ? '#/' : '#/?view=operations'}
          aria-current={each === shown ? 'page' : undefined}
        >
          {TEXTS.viewNames[each]}
        </a>
      ))}
    </nav>
  );
}

const Mark = () => (
  <svg className="mark" viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="8" />
    <path d="M7 10l4 12 5-12 5 12 4-12" />
  </svg>
);

/** How long one pauses in typing before it is searched for. */
const TYPING_MS = 250;

function Search({ find }: { readonly find: RefObject<HTMLInputElement | null> }) {
  const { search } = useRoute();
  const [text, setText] = useState(search);
  useEffect(() => setText(search), [search]);
  useEffect(() => {
    if (text === search) return;
    const timer = setTimeout(() => go({ view: 'files', search: text.trim() === '' ? '' : text }, true), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, search]);
  return (
    <search className="search">
      <Icon name="search" />
      <input
        ref={find}
        type="search"
        aria-label={TEXTS.search}
        placeholder={TEXTS.search}
        value={text}
        onChange={({ target }) => setText(target.value)}
        onKeyDown={({ key, currentTarget }) => {
          if (key !== 'Escape') return;
          go({ search: '' });
          setText('');
          currentTarget.blur();
        }}
      />
      <kbd aria-hidden="true">/</kbd>
    </search>
  );
}

function MainMenu({ session, onChooseFolder, onHelp }: Pick<HeaderProps, 'session' | 'onChooseFolder' | 'onHelp'>) {
  const theme = useTheme();
  const { viewer } = session;
  return (
    <Menu
      trigger={
        <button type="button" className="button quiet" aria-label={TEXTS.more}>
          <Icon name="more" />
        </button>
      }
    >
      {viewer !== null && NEEDS_SIGN_IN && <MenuNote>{TEXTS.signedInAs(viewer.subject, viewer.tenant)}</MenuNote>}
      {mayChange(session) && (
        <MenuItem icon="folder" onSelect={onChooseFolder}>
          {TEXTS.uploadFolder}
        </MenuItem>
      )}
      {HAS_GRAPHIQL && (
        <MenuItem icon="link" onSelect={() => void open(`${BASE_URL}/graphql`, '_blank', 'noopener')}>
          {TEXTS.graphiql}
        </MenuItem>
      )}
      <MenuItem onSelect={onHelp}>{TEXTS.keys}</MenuItem>
      <MenuSeparator />
      <MenuChoice
        label={TEXTS.theme}
        value={theme}
        values={THEMES.map((each) => [each, TEXTS.themes[each]] as const)}
        onChoose={chooseTheme}
      />
      {NEEDS_SIGN_IN && (
        <>
          <MenuSeparator />
          <MenuItem onSelect={leave}>{TEXTS.signOut}</MenuItem>
        </>
      )}
    </Menu>
  );
}
