import { pause } from '../../../src/waiting.ts';
import type { ApiConnection } from './api-connection.ts';
import { type Cluster, ClusterError, hasStatus } from './cluster.ts';
import { type Resource, type ServedResource, versionPath } from './resource.ts';

interface ApiResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

type Kinds = ReadonlyMap<string, ServedResource>;

/** What is known of a version of an API group. */
interface DiscoveredGroup {
  /** Null until the API first answered. */
  kinds: Kinds | null;
  /** The error of the last request; null if it succeeded. */
  failure: unknown;
  /** By `performance.now()`. */
  askedAt: number;
  asking: Promise<void> | null;
  /** Settled when the API has answered, or after callers have waited long enough for it. */
  waiting: Promise<unknown>;
}

const REMEMBERED_MS = 60_000;
/** Time until a failed request is repeated. */
const RETRY_MS = 10_000;
/** How long to wait for a slow API if an earlier answer is known; all waiting callers share this time. */
const TIMEOUT_MS = 1_000;

/**
 * Which kinds an API serves. The answer for a version of a group is remembered for a minute, and for longer while the API does
 * not answer.
 */
export class Discovery {
  readonly #connection: ApiConnection;
  readonly #known = new Map<string, DiscoveredGroup>();

  constructor(connection: ApiConnection) {
    this.#connection = connection;
  }

  /** Null if not known: the API has never answered. */
  async serves({ apiVersion, kind }: Resource): Promise<boolean | null> {
    const { kinds } = await this.#group(apiVersion);
    return kinds?.has(kind) ?? null;
  }

  /** @throws the error that keeps it unknown */
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

  /** It does not use the signal of the first caller, because others wait for the same answer. */
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
    // Names such as `deployments/scale` are subresources. Adapters for custom metrics serve only such names.
    const whole = resources.filter(({ name, kind }) => !name.includes('/') || kind === 'MetricValueList');
    return new Map(
      whole.map(({ kind, name, namespaced }) => [kind, { apiVersion, kind, plural: name, namespaced }] as const),
    );
  } catch (error) {
    if (hasStatus(error, 404)) return new Map();
    throw error;
  }
}

/** Kinds that not every cluster serves, by our names for them. One of several versions is enough. */
export type OptionalKinds<Name extends string> = Readonly<Record<Name, readonly Resource[]>>;

/** Which of them the cluster serves; null if it does not report it. */
export type ServedKinds<Name extends string> = Readonly<Record<Name, boolean | null>>;

export async function readServed<Name extends string>(
  cluster: Cluster,
  optional: OptionalKinds<Name>,
): Promise<ServedKinds<Name>> {
  const anyOf = async (resources: readonly Resource[]) => {
    const answers = await Promise.all(resources.map((resource) => cluster.serves(resource)));
    if (answers.includes(true)) return true;
    return answers.includes(null) ? null : false;
  };
  const answers = namesOf(optional).map(async (name) => [name, await anyOf(optional[name])] as const);
  return Object.fromEntries(await Promise.all(answers)) as ServedKinds<Name>;
}

/** Whether the cluster is known to serve a kind. Kinds that are not optional are always served. */
export function isServed<Name extends string>(
  { kind }: Pick<Resource, 'kind'>,
  optional: OptionalKinds<Name>,
  served: ServedKinds<Name>,
): boolean {
  return namesOf(optional).every((name) => served[name] === true || optional[name].every((one) => one.kind !== kind));
}

/** The wanted kinds that the cluster does not serve (false), or does not report (null), as `KIND of GROUP/VERSION`. */
export function kindsAnswered<Name extends string>(
  answer: false | null,
  wanted: readonly Name[],
  optional: OptionalKinds<Name>,
  served: ServedKinds<Name>,
): string[] {
  const names = wanted.filter((name) => served[name] === answer);
  return names.map((name) => `${optional[name][0]!.kind} of ${optional[name][0]!.apiVersion}`);
}

function namesOf<Name extends string>(optional: OptionalKinds<Name>): Name[] {
  return Object.keys(optional) as Name[];
}
