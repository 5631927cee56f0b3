// Search as the program runs it: on or off, in a language that the database knows, with its periodic work.
import { sql } from 'kysely';
import type { MikroORM } from '../db/orm.ts';
import { StartupError } from '../errors.ts';
import type { PeriodicTask } from '../jobs/periodic-task.ts';
import type { Logger } from '../log.ts';
import { FileSearch } from './search.ts';
import { type StagedText, AUTO, stageText } from './stage-text.ts';
import { sweepTexts } from './sweep.ts';

export interface SearchOptions {
  readonly orm: MikroORM;
  readonly isOn: boolean;
  /** `auto`, or the name of a text search configuration. */
  readonly language: string;
  readonly log: Logger;
}

export interface Search {
  readonly files: FileSearch;
  /** Does nothing where search is off. @returns whether the text was taken; see `stageText` */
  stage(staged: StagedText): Promise<boolean>;
  startTasks(): PeriodicTask[];
}

/** @throws StartupError INVALID_CONFIGURATION when the database has no such language */
export async function openSearch({ orm, isOn, language, log }: SearchOptions): Promise<Search> {
  if (isOn && language !== AUTO) await requireLanguage(orm, language);
  return {
    files: new FileSearch(orm, isOn),
    stage: async (staged) => isOn && (await stageText({ orm, language }, staged)),
    startTasks: () => (isOn ? [sweepTexts(orm, log)] : []),
  };
}

async function requireLanguage(orm: MikroORM, language: string): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select distinct cfgname as name from pg_ts_config where pg_ts_config_is_visible(oid) order by name`.execute(
    orm.em.fork().getKysely(),
  );
  const known = rows.map(({ name }) => name);
  if (known.includes(language)) return;
  throw new StartupError(
    'INVALID_CONFIGURATION',
    `WAYBILL_SEARCH_LANGUAGE holds ${JSON.stringify(language)}, which this database has no text search configuration for; ` +
      `allowed: ${AUTO}, ${known.join(', ')}`,
  );
}
