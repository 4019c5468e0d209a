import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A folder for each network: its owner, and the state of its containers. */
const NETWORKS = '/run/bitql-pods';
const FIRST_POD = 2;
const FIRST_SERVICE = 200;
const END = 255;

/** The place of a Pod in its network. */
export interface PodInterface {
  /** The file of its network namespace. */
  readonly namespace: string;
  readonly address: string;
}

/**
 * A bridge of this machine, 100.100.N.0/24, on which each Pod has its own network namespace and address. The machine is
 * 100.100.N.1 there. Pods reach the machine and each other, and nothing else.
 */
export class PodNetwork implements AsyncDisposable {
  readonly number: number;
  readonly #inUse = new Set<number>();

  private constructor(number: number) {
    this.number = number;
  }

  static async create(): Promise<PodNetwork> {
    await sweep();
    for (let number = 0; number < END; number++) {
      // Bridge names are unique: the process that creates it owns it.
      const isMade = await ip(`link add ${bridge(number)} type bridge`).catch(() => false);
      if (isMade === false) continue;
      mkdirSync(join(NETWORKS, String(number)), { recursive: true });
      writeFileSync(join(NETWORKS, String(number), 'pid'), String(process.pid));
      await ip(`addr add 100.100.${number}.1/24 dev ${bridge(number)}`, `link set ${bridge(number)} up`);
      return new PodNetwork(number);
    }
    throw new Error('this machine has no free network for Pods: 100.100.0.0/16 is taken');
  }

  /** The machine's own address. */
  get host(): string {
    return this.#address(1);
  }

  /** Where the container runtime keeps its state, which is removed with the network. */
  get runtimeState(): string {
    return runtimeState(this.number);
  }

  async attach(): Promise<PodInterface> {
    const place = this.#take(FIRST_POD, FIRST_SERVICE);
    const name = namespace(this.number, place);
    const address = this.#address(place);
    const outside = outsideOf(name);
    await ip(
      `netns add ${name}`,
      `link add ${outside} type veth peer name eth0 netns ${name}`,
      `link set ${outside} master ${bridge(this.number)} up`,
    );
    const inside = [`addr add ${address}/24 dev eth0`, 'link set eth0 up', 'link set lo up'];
    for (const command of inside) await run('ip', ['-n', name, ...command.split(' ')]);
    return { namespace: `/run/netns/${name}`, address };
  }

  async detach({ namespace, address }: PodInterface): Promise<void> {
    await removeNamespace(namespace.split('/').at(-1)!);
    this.#release(address);
  }

  /** A further address of the machine, for a Service. */
  async addAddress(): Promise<string> {
    const address = this.#address(this.#take(FIRST_SERVICE, END));
    await ip(`addr add ${address}/32 dev ${bridge(this.number)}`);
    return address;
  }

  async removeAddress(address: string): Promise<void> {
    await ip(`addr del ${address}/32 dev ${bridge(this.number)}`);
    this.#release(address);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return remove(this.number);
  }

  #address(place: number): string {
    return `100.100.${this.number}.${place}`;
  }

  #take(from: number, end: number): number {
    for (let place = from; place < end; place++) {
      if (this.#inUse.has(place)) continue;
      this.#inUse.add(place);
      return place;
    }
    throw new Error('the network of the Pods has no address left');
  }

  #release(address: string): void {
    this.#inUse.delete(Number(address.split('.').at(-1)));
  }
}

const bridge = (number: number): string => `bq${number}`;
const namespace = (number: number, place: number): string => `${bridge(number)}-${place}`;
/** The machine's end of the link into a namespace. */
const outsideOf = (name: string): string => `v${name}`;
const runtimeState = (number: number): string => join(NETWORKS, String(number), 'runc');

async function ip(...commands: readonly string[]): Promise<void> {
  for (const command of commands) await run('ip', command.split(' '));
}

/** Removes networks whose owner was killed. */
async function sweep(): Promise<void> {
  mkdirSync(NETWORKS, { recursive: true });
  for (const number of readdirSync(NETWORKS)) {
    const owner = readOwner(number);
    if (owner !== null && !isRunning(owner)) await remove(Number(number));
  }
}

/** Null while another process creates or removes it. */
function readOwner(number: string): number | null {
  try {
    return Number(readFileSync(join(NETWORKS, number, 'pid'), 'utf8'));
  } catch {
    return null;
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The kernel would remove the link later, and the name would stay in use until then. */
async function removeNamespace(name: string): Promise<void> {
  await ip(`link del ${outsideOf(name)}`).catch(() => {}); // it never got that far
  await ip(`netns del ${name}`);
}

async function remove(number: number): Promise<void> {
  const containers = readContainers(runtimeState(number));
  for (const id of containers) await run('runc', ['--root', runtimeState(number), 'delete', '--force', id]);
  const { stdout } = await run('ip', ['netns', 'list']);
  const namespaces = stdout.split('\n').map((line) => line.split(' ')[0]!);
  for (const name of namespaces.filter((name) => name.startsWith(`${bridge(number)}-`))) {
    await removeNamespace(name);
  }
  await ip(`link del ${bridge(number)}`).catch(() => {}); // someone else has swept here
  rmSync(join(NETWORKS, String(number)), { recursive: true, force: true });
}

function readContainers(state: string): string[] {
  try {
    return readdirSync(state);
  } catch {
    return []; // none was ever started
  }
}
