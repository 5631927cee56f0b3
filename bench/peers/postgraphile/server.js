// PostGraphile over the tables of a database, as its documentation sets it up for production: no GraphiQL, no watching. Plain
// JavaScript, because its types are not installed with Waybill's.
// DATABASE_URL names the database, POOL_SIZE its connections. Prints the URL it listens on.
import { createServer } from 'node:http';
import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';

const { DATABASE_URL, POOL_SIZE } = process.env;

// Compiling a plan takes longer than any of these statements.
const poolConfig = { max: Number(POOL_SIZE), options: '-c jit=off' };
const service = makePgService({ connectionString: DATABASE_URL, schemas: ['public'], poolConfig });

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [service],
  grafast: { explain: false },
  grafserv: { graphiql: false, watch: false },
});

const server = createServer();
await instance.createServ(grafserv).addTo(server);
server.listen(0, '127.0.0.1', () => console.log(`ready http://127.0.0.1:${server.address().port}`));
