// Uploads files, and shows those that there are. `VITE_WAYBILL_URL=http://127.0.0.1:4000 npm run dev`
import { createWaybill } from '@waybill/client';
import { useFiles, useUploads } from '@waybill/client/react';
import { createUploads } from '@waybill/client/upload';
import { StrictMode, createElement } from 'react';
import { createRoot } from 'react-dom/client';

const waybill = createWaybill({ url: import.meta.env.VITE_WAYBILL_URL, token: () => localStorage.getItem('token') });
const uploads = createUploads(waybill);

function App() {
  const { files, status, since, hasMore, loadMore, retry } = useFiles(waybill, {}, { progress: true });
  const bars = useUploads(uploads).uploads.map((one) => <progress key={one.id} max={one.size} value={one.bytesSent} />);
  const rows = files.map(({ id, name, state, size, bytesReceived }) => (
    <li key={id}>
      {`${name} ${state}`} <progress max={size ?? 1} value={bytesReceived} />
    </li>
  ));
  return (
    <>
      <input type="file" multiple onChange={({ target }) => uploads.add(target.files ?? [])} />
      <p>{bars}</p>
      <button onClick={retry}>{`${status} since ${since.toLocaleTimeString()}`}</button>
      <ol>{rows}</ol>
      {hasMore && <button onClick={() => void loadMore()}>more</button>}
    </>
  );
}

createRoot(document.querySelector('#root')!).render(createElement(StrictMode, null, <App />));
