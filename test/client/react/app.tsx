// An application that uses every hook, for a page and for a server that renders it.
import { type ReactElement, useState } from 'react';
import type { Waybill } from '../../../packages/client/src/client.ts';
import type { FileState } from '../../../packages/client/src/generated/operations.ts';
import type { FilesSnapshot } from '../../../packages/client/src/live/files.ts';
import { useCounts, useFile, useFiles, useTransition } from '../../../packages/client/src/react.ts';

/** Every list that was rendered. */
export const rendered: FilesSnapshot[] = [];

const STATES: readonly FileState[] = ['UNTRACKED', 'UPLOADING', 'FAILED'];

export function App({ waybill }: { readonly waybill: Waybill }): ReactElement {
  const [states, setStates] = useState(STATES);
  const [chosen, choose] = useState<string>();
  const [renders, render] = useState(0);
  // A new object each time.
  const list = useFiles(waybill, { states: [...states] }, { orderBy: { field: 'NAME', direction: 'ASC' } });
  const { counts } = useCounts(waybill);
  const { send, isPending, error } = useTransition(list);
  rendered.push(list);
  return (
    <main>
      <p id="status">{list.status}</p>
      <p id="sending">{isPending ? 'pending' : (error?.code ?? 'idle')}</p>
      <p id="untracked">{counts?.UNTRACKED ?? '?'}</p>
      <button id="failed" onClick={() => setStates(['FAILED'])} />
      <button id="render" onClick={() => render(renders + 1)}>{`${renders}`}</button>
      <ul>
        {list.files.map(({ id, name, state }) => (
          <li key={id}>
            <span>{`${name} ${state}`}</span>
            <button className="choose" onClick={() => choose(id)} />
            <button className="fail" onClick={() => void send(id, 'FAIL_UPLOAD')} />
            <button className="start" onClick={() => void send(id, 'START_UPLOAD')} />
          </li>
        ))}
      </ul>
      {chosen !== undefined && <Chosen waybill={waybill} id={chosen} />}
    </main>
  );
}

function Chosen({ waybill, id }: { readonly waybill: Waybill; readonly id: string }): ReactElement {
  const used = useFile(waybill, id);
  return <p id="chosen">{used.file === undefined ? '?' : `${used.file?.name} ${used.file?.state} ${used.status}`}</p>;
}
