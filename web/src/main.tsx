// Starts the page.
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.tsx';
import { startWithoutSignIn } from './app/session.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/layout.css';
import './styles/files.css';
import './styles/file.css';
import './styles/upload.css';

startWithoutSignIn();
createRoot(document.getElementById('page')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
