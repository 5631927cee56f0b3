// What the live file does not carry: history, properties, who processes it. Read again when the file has changed.
import type { Waybill, WaybillFile } from '@waybill/client';
import { useEffect, useState } from 'react';
import { READ_FILE_DETAILS } from '../generated/documents.ts';
import type { ReadFileDetailsQuery } from '../generated/operations.ts';

type Answered = NonNullable<ReadFileDetailsQuery['file']>;
export type Transition = Answered['transitions']['edges'][number]['node'];

export interface Details extends Omit<Answered, 'transitions'> {
  /** Oldest first. */
  readonly transitions: readonly Transition[];
  readonly isCut: boolean;
}

/** While it is processed, how far that is has no version. */
const PROCESSING_MS = 2_000;

export function useDetails(waybill: Waybill, id: string, file: WaybillFile | null | undefined): Details | null {
  const [details, setDetails] = useState<Details | null>(null);
  const version = file?.version;
  const isProcessing = file?.state === 'PROCESSING';
  useEffect(() => {
    if (version === undefined) return;
    const controller = new AbortController();
    const read = (): void => {
      waybill.query(READ_FILE_DETAILS, { id }, { signal: controller.signal }).then(
        ({ file: found }) => {
          if (found === null || controller.signal.aborted) return;
          const { transitions, ...rest } = found;
          const nodes = transitions.edges.map(({ node }) => node);
          setDetails({ ...rest, transitions: nodes, isCut: transitions.pageInfo.hasPreviousPage });
        },
        // The live file says that the server is away; this is read again with its next change.
        () => undefined,
      );
    };
    read();
    const timer = isProcessing ? setInterval(read, PROCESSING_MS) : undefined;
    return () => {
      controller.abort();
      clearInterval(timer);
    };
  }, [waybill, id, version, isProcessing]);
  return details;
}
