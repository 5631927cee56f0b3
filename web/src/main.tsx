// Starts the page.
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.tsx';
import { startWithoutSignIn } from './app/session.ts';
import { startEmbedded } from './sign-in/embed.ts';
import { finishAtProvider } from './sign-in/provider.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/overlays.css';
import './styles/layout.css';
import './styles/views.css';
import './styles/sign-in.css';
import './styles/state-filter.css';
import './styles/files.css';
import './styles/banners.css';
import './styles/search.css';
import './styles/file.css';
import './styles/machine.css';
import './styles/file-history.css';
import './styles/upload.css';

startWithoutSignIn();
startEmbedded();
void finishAtProvider();
createRoot(document.getElementById('page')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
