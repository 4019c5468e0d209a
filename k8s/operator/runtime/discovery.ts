import { pause } from '../../../src/waiting.ts';
import type { ApiConnection } from './api-connection.ts';
import { ClusterError, hasStatus } from './cluster-error.ts';
import { type Resource, type ServedResource, versionPath } from './resource.ts';

interface ApiResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

type Kinds = ReadonlyMap<string, ServedResource>;

/** What is known of a version of a group. */
interface DiscoveredGroup {
  /** Null until it was told once. */
  kinds: Kinds | null;
  /** Why it was not told the last time; null where it was. */
  failure: unknown;
  /** By `performance.now()`. */
  askedAt: number;
  asking: Promise<void> | null;
  /** Until it was told, or has kept whoever waits for it waiting for long enough. */
  waiting: Promise<unknown>;
}

const REMEMBERED_MS = 60_000;
/** Until what was not told is asked for again. */
const RETRY_MS = 10_000;
/** For how long an API that is slow to tell is waited for where something is known of it: by all who want to know together. */
const TIMEOUT_MS = 1_000;

/** Which kinds an API serves. What it says of a version of a group is remembered for a minute, and for longer while it does not say. */
export class Discovery {
  readonly #connection: ApiConnection;
  readonly #known = new Map<string, DiscoveredGroup>();

  constructor(connection: ApiConnection) {
    this.#connection = connection;
  }

  /** Null where it is not known: the API does not say, and has not said before. */
  async serves({ apiVersion, kind }: Resource): Promise<boolean | null> {
    const { kinds } = await this.#group(apiVersion);
    return kinds?.has(kind) ?? null;
  }

  /** @throws why it is not known */
  async find({ apiVersion, kind }: Pick<Resource, 'apiVersion' | 'kind'>): Promise<ServedResource | null> {
    const { kinds, failure } = await this.#group(apiVersion);
    if (kinds === null) throw failure;
    return kinds.get(kind) ?? null;
  }

  async resourceOf({ apiVersion, kind }: Pick<Resource, 'apiVersion' | 'kind'>): Promise<Resource> {
    const resource = await this.find({ apiVersion, kind });
    if (resource !== null) return resource;
    throw new ClusterError('CLUSTER_REFUSED', `The cluster does not serve kind ${kind} of ${apiVersion}.`);
  }

  async #group(apiVersion: string): Promise<DiscoveredGroup> {
    const unknown = { kinds: null, failure: null, askedAt: Number.NEGATIVE_INFINITY, asking: null };
    const known: DiscoveredGroup = this.#known.get(apiVersion) ?? { ...unknown, waiting: Promise.resolve() };
    this.#known.set(apiVersion, known);
    const hasAnswer = known.kinds !== null || known.failure !== null;
    const goodForMs = known.failure === null ? REMEMBERED_MS : RETRY_MS;
    if (known.asking === null && performance.now() - known.askedAt >= goodForMs) {
      known.asking = this.#ask(known, apiVersion);
      known.waiting = Promise.race([known.asking, pause(TIMEOUT_MS)]);
    }
    await (hasAnswer ? known.waiting : known.asking);
    return known;
  }

  /** Not under the signal of whoever asks first: others wait for the same answer. */
  async #ask(known: DiscoveredGroup, apiVersion: string): Promise<void> {
    try {
      known.kinds = await readKinds(this.#connection, apiVersion);
      known.failure = null;
    } catch (error) {
      known.failure = error;
    }
    known.askedAt = performance.now();
    known.asking = null;
  }
}

async function readKinds(connection: ApiConnection, apiVersion: string): Promise<Kinds> {
  try {
    const request = { method: 'GET', path: versionPath(apiVersion) } as const;
    const { resources } = await connection.json<ApiResourceList>(request);
    // `deployments/scale` and the like are parts of a resource; what adapters for custom metrics serve has nothing but parts.
    const whole = resources.filter(({ name, kind }) => !name.includes('/') || kind === 'MetricValueList');
    return new Map(
      whole.map(({ kind, name, namespaced }) => [kind, { apiVersion, kind, plural: name, namespaced }] as const),
    );
  } catch (error) {
    if (hasStatus(error, 404)) return new Map();
    throw error;
  }
}
