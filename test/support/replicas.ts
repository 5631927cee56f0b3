// Several replicas over one database, all in this process.
import { type TestDatabase, createDatabase } from './database.ts';
import { type Instance, startInstance } from './instance.ts';

export interface Replicas {
  readonly urls: readonly [string, string];
  readonly instances: readonly Instance[];
  readonly database: TestDatabase;
  /** One more, with settings of its own. */
  add(env?: Record<string, string>): Promise<Instance>;
  stop(): Promise<void>;
}

/** Two, with the same settings. */
export async function startReplicas(env: Record<string, string> = {}): Promise<Replicas> {
  const database = await createDatabase();
  const instances: Instance[] = [];
  const add = async (own: Record<string, string> = {}): Promise<Instance> => {
    const instance = await startInstance({ database, env: { ...env, ...own } });
    instances.push(instance);
    return instance;
  };
  const [one, two] = [await add(), await add()];
  return {
    urls: [one.url, two.url],
    instances,
    database,
    add,
    stop: async () => {
      for (const instance of instances) await instance.stop();
      await database.drop();
    },
  };
}
