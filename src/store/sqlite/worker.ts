import { parentPort, workerData } from 'node:worker_threads';
import { Database } from './database.ts';
import { type Calls, packRows, type Reply, type Request, unpackRows, type WorkerSettings } from './messages.ts';
import { buffersOf, pack, unpackAll } from './packing.ts';

const port = parentPort!;
const settings = workerData as WorkerSettings;

type Handlers = {
  [C in keyof Calls]: (args: Calls[C]['args']) => { result: Calls[C]['result']; moved?: ArrayBuffer[] };
};

function handlersOf(database: Database): Handlers {
  return {
    get({ table, keys }) {
      const result = pack(database.get(table, unpackAll(keys)));
      return { result, moved: buffersOf(result) };
    },
    scan({ table, ranges, options }) {
      const bounds = unpackRows(ranges).map(({ key, value }) => ({ min: key, max: value }));
      const result = database.scan(table, bounds, options).map(({ rows, more }) => ({ rows: packRows(rows), more }));
      return { result, moved: result.flatMap(({ rows }) => buffersOf(rows)) };
    },
    write({ tables }) {
      database.write(new Map(tables.map(({ table, rows }) => [table, unpackRows(rows)])));
      return { result: null };
    },
    readState: () => ({ result: database.readState() }),
    compareAndSetState: ({ expectedRevision, value }) => ({
      result: database.compareAndSetState(expectedRevision, value),
    }),
    close() {
      database.close();
      return { result: null };
    },
  };
}

function serve(handlers: Handlers): void {
  port.on('message', ({ id, call, args }: Request) => {
    try {
      const { result, moved } = (handlers[call] as (args: unknown) => { result: unknown; moved?: ArrayBuffer[] })(args);
      port.postMessage({ id, result } satisfies Reply, moved ?? []);
    } catch (error) {
      port.postMessage({ id, error: describe(error) } satisfies Reply);
    }
  });
}

function describe(error: unknown): { message: string; sqliteCode: number | undefined } {
  const { message, errcode } = error as { message: string; errcode?: number };
  return { message, sqliteCode: errcode };
}

try {
  serve(handlersOf(new Database(settings.file, settings)));
  port.postMessage({ id: 0, result: null } satisfies Reply);
} catch (error) {
  port.postMessage({ id: 0, error: describe(error) } satisfies Reply);
}
