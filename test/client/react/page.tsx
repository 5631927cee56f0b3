// Puts the application on a page, in StrictMode.
import { StrictMode } from 'react';
import { createRoot, hydrateRoot } from 'react-dom/client';
import { createWaybill } from '../../../packages/client/src/client.ts';
import type { FilesSnapshot } from '../../../packages/client/src/live/files.ts';
import { App, rendered } from './app.tsx';

export interface ReactPage {
  start(): void;
  /** Takes over from what a server has rendered. */
  hydrate(): void;
  unmount(): void;
  readonly rendered: readonly FilesSnapshot[];
  /** What React had to mend. */
  readonly mended: string[];
}

const waybill = createWaybill({ url: location.origin });
const app = (
  <StrictMode>
    <App waybill={waybill} />
  </StrictMode>
);
const element = document.body.appendChild(document.querySelector('#root') ?? document.createElement('div'));
let unmount = (): void => undefined;

const page: ReactPage = {
  start: () => {
    const root = createRoot(element);
    root.render(app);
    unmount = () => root.unmount();
  },
  hydrate: () => {
    const root = hydrateRoot(element, app, {
      onRecoverableError: (error) => void page.mended.push(String(error)),
    });
    unmount = () => root.unmount();
  },
  unmount: () => unmount(),
  rendered,
  mended: [],
};
Object.assign(globalThis, { reactPage: page });
