// What a batch does to the text of files (src/entities/file-text.ts), in the statement that moves them: the text that was
// staged under a lease becomes live with COMPLETE_PROCESSING, and whatever takes a file out of its ready state takes the text
// with it. Deleted files lose it by their foreign key. Texts that were staged and never used are swept (src/search/sweep.ts).
import type { File } from '../../entities/file.ts';
import { hasTag } from '../../fsm/tags.ts';

interface LiveText {
  readonly fileId: string;
  /** Of the lease under which it was staged. */
  readonly token: string;
}

interface GoneText {
  readonly fileId: string;
  /** The one that stays; null: none does. */
  readonly token: string | null;
}

const TEXTS = (document: string): string => `json_to_recordset(${document}) as r ("fileId" uuid, "token" uuid)`;

/** In no index, so that none gets a new entry. Where nothing was staged there is nothing to do. */
export const publishText = (document: string): string => `update file_text set indexed = true from ${TEXTS(document)}
    where file_text.file_id = any (array[r."fileId"]) and file_text.token is not distinct from r."token"`;

export const withdrawText = (document: string): string => `delete from file_text using ${TEXTS(document)}
    where file_text.file_id = any (array[r."fileId"]) and file_text.token is distinct from r."token"`;

type Moved = Pick<File, 'id' | 'state' | 'version'>;

export class TextWrites {
  readonly #tokens = new Map<string, string>();

  /**
   * Call it after each transition that somebody asked for.
   *
   * @param token of the lease that the transition was made with: the text staged under it is that of the file, once it is
   *   ready. Null: without one
   */
  follow({ id, state }: Moved, token: string | null): void {
    if (token !== null && hasTag(state, 'ready')) this.#tokens.set(id, token);
    else this.#tokens.delete(id);
  }

  live(moves: readonly (readonly [before: Moved, now: Moved])[]): LiveText[] {
    return moves.flatMap(([before, now]) => {
      const token = this.#tokenOf(before, now);
      return token === null ? [] : [{ fileId: now.id, token }];
    });
  }

  /** A file may leave its ready state and come back within one batch: its version tells. */
  gone(moves: readonly (readonly [before: Moved, now: Moved])[]): GoneText[] {
    return moves.flatMap(([before, now]) => {
      const token = this.#tokenOf(before, now);
      const wasReady = hasTag(before.state, 'ready') && before.version !== now.version;
      return token === null && !wasReady ? [] : [{ fileId: now.id, token }];
    });
  }

  #tokenOf(before: Moved, now: Moved): string | null {
    const token = this.#tokens.get(now.id) ?? null;
    return before.version !== now.version && hasTag(now.state, 'ready') ? token : null;
  }
}
