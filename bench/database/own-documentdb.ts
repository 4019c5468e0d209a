import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../dev/free-port.ts';
import { Sandbox, type SandboxProcess } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { running } from '../processes.ts';

/** Where test/services has installed what is needed. */
const ROOT =
  process.env.SERVICES_ROOT ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'bitql-services');
/** A folder with Debian, which the server is started in (chroot). */
const DEBIAN = join(ROOT, 'forky');
const POSTGRES = '/usr/lib/postgresql/18/bin';
const GATEWAY = join(ROOT, 'gateway', 'src', 'main.mjs');

const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C.UTF-8',
};
const AS_POSTGRES = ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups'];

const NAME = 'bitql-bench-';
/** A folder without a running server that is older than this was left by a bench that was killed. */
const LEFT_MS = 10 * 60_000;

export interface DocumentDbSettings {
  /** PostgreSQL's shared buffers. */
  readonly cacheMiB: number;
  /** Whether it reads and writes its data with direct I/O, so that none comes from the cache of the system. */
  readonly isDirect: boolean;
}

/**
 * A DocumentDB server beside that of test/services, from its packages, with its own data, ports and cache. It needs root, as
 * test/services does.
 */
export class OwnDocumentDb implements AsyncDisposable {
  readonly #sandbox = new Sandbox('bench-documentdb');
  readonly #folder: string;
  #postgres: SandboxProcess | null = null;
  #gateway: SandboxProcess | null = null;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** With a new, empty server; null if its packages are not installed. */
  static create(): OwnDocumentDb | null {
    if (process.getuid?.() !== 0 || !existsSync(join(DEBIAN, POSTGRES, 'postgres')) || !existsSync(GATEWAY))
      return null;
    removeRemains();
    const server = new OwnDocumentDb(mkdtempSync(join(DEBIAN, 'tmp', NAME)));
    const { data } = server;
    inDebian(['chown', 'postgres', data.slice(0, data.lastIndexOf('/'))]);
    inDebian([...AS_POSTGRES, `${POSTGRES}/initdb`, '-D', data, '-A', 'trust', '-U', 'postgres', '--locale=C.UTF-8']);
    return server;
  }

  /** Of its data, as programs in the folder with Debian name it. */
  get data(): string {
    return `${this.#folder.slice(DEBIAN.length)}/data`;
  }

  /** The folder of its data. */
  get folder(): string {
    return this.#folder;
  }

  /** PostgreSQL and the gateway, whose children belong to them. */
  get pids(): number[] {
    return [this.#postgres, this.#gateway].flatMap((process) => (process?.pid === undefined ? [] : [process.pid]));
  }

  /** Starts it with what it had before. @returns its address */
  async start({ cacheMiB, isDirect }: DocumentDbSettings): Promise<string> {
    const [postgresPort, port] = [await freePort(), await freePort()];
    const own = {
      port: postgresPort,
      shared_buffers: `${cacheMiB}MB`,
      debug_io_direct: isDirect ? 'data' : '',
    };
    const settings = Object.entries({ ...SETTINGS, ...own });
    const options = settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const command = [DEBIAN, ...AS_POSTGRES, `${POSTGRES}/postgres`, '-D', this.data, ...options];
    const postgres = this.#sandbox.start('postgres', 'chroot', command, ENVIRONMENT);
    this.#postgres = postgres;
    await until('PostgreSQL to listen', () => running(postgres) && listens(postgresPort));
    await until('DocumentDB to be created', () => running(postgres) && hasExtension(postgresPort));
    const address = `postgres://postgres@127.0.0.1:${postgresPort}/postgres`;
    const args = [GATEWAY, '--port', String(port), '--pg', address];
    const gateway = this.#sandbox.start('gateway', process.execPath, args, ENVIRONMENT);
    this.#gateway = gateway;
    await until('the gateway to listen', () => running(gateway) && listens(port));
    return `mongodb://127.0.0.1:${port}/?directConnection=true`;
  }

  /** Ends it properly; its data stays. */
  async stop(): Promise<void> {
    this.#gateway?.kill('SIGKILL');
    await this.#gateway?.ended;
    // PostgreSQL's fast shutdown.
    this.#postgres?.kill('SIGINT');
    await this.#postgres?.ended;
    this.#gateway = this.#postgres = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#sandbox.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** As in test/services. Its log (WAL) is always written through the cache of the system. */
const SETTINGS = {
  shared_preload_libraries: 'pg_cron, pg_documentdb_core, pg_documentdb',
  'cron.database_name': 'postgres',
  'cron.log_run': 'off',
  'cron.log_statement': 'off',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 120,
  max_wal_size: '8GB',
  synchronous_commit: 'off',
  deadlock_timeout: '10ms',
  // By default it looks once a minute for room that is free again, which is seldom in a sync of a minute that stands for one of hours.
  autovacuum_naptime: '1s',
  log_min_messages: 'error',
  log_min_error_statement: 'panic',
} as const;

function inDebian(command: readonly string[]): void {
  execFileSync('chroot', [DEBIAN, ...command], { env: ENVIRONMENT, stdio: ['ignore', 'ignore', 'pipe'] });
}

function hasExtension(port: number): boolean {
  const sql = 'SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS documentdb CASCADE';
  try {
    inDebian([...AS_POSTGRES, 'psql', '-qAt', '-h', '127.0.0.1', '-p', String(port), '-c', sql]);
    return true;
  } catch (error) {
    // It listens before it answers.
    if (/starting up/.test(String((error as { stderr?: unknown }).stderr))) return false;
    throw error;
  }
}

async function listens(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1');
  socket.on('connect', () => resolve(true));
  socket.on('error', () => resolve(false));
  const answered = await promise;
  socket.destroy();
  return answered;
}

/** Removes the data of servers whose bench was killed: the servers themselves end with it. */
function removeRemains(): void {
  const parent = join(DEBIAN, 'tmp');
  for (const name of readdirSync(parent).filter((one) => one.startsWith(NAME))) {
    const folder = join(parent, name);
    if (Date.now() - statSync(folder).mtimeMs > LEFT_MS && !isServed(folder)) rmSync(folder, { recursive: true });
  }
}

function isServed(folder: string): boolean {
  const file = join(folder, 'data', 'postmaster.pid');
  if (!existsSync(file)) return false;
  return existsSync(`/proc/${readFileSync(file, 'utf8').split('\n')[0]}`);
}
