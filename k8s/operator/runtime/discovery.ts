import type { ApiConnection } from './api-connection.ts';
import { ClusterError, hasStatus } from './cluster-error.ts';
import { type Resource, type ServedResource, versionPath } from './resource.ts';

interface ApiResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

type Kinds = ReadonlyMap<string, ServedResource>;

const REMEMBERED_MS = 60_000;

/** Which kinds an API serves. What it says of a version of a group is remembered for a minute. */
export class Discovery {
  readonly #connection: ApiConnection;
  readonly #asked = new Map<string, { readonly at: number; readonly kinds: Promise<Kinds> }>();

  constructor(connection: ApiConnection) {
    this.#connection = connection;
  }

  async serves(kind: Resource): Promise<boolean> {
    return (await this.find(kind)) !== null;
  }

  async find({ apiVersion, kind }: Pick<Resource, 'apiVersion' | 'kind'>): Promise<ServedResource | null> {
    return (await this.#kindsOf(apiVersion)).get(kind) ?? null;
  }

  async resourceOf({ apiVersion, kind }: Pick<Resource, 'apiVersion' | 'kind'>): Promise<Resource> {
    const resource = await this.find({ apiVersion, kind });
    if (resource !== null) return resource;
    throw new ClusterError('CLUSTER_REFUSED', `The cluster serves no kind ${kind} of ${apiVersion}.`);
  }

  /** Not under the signal of whoever asks first: others wait for the same answer. */
  #kindsOf(apiVersion: string): Promise<Kinds> {
    const known = this.#asked.get(apiVersion);
    if (known !== undefined && performance.now() - known.at < REMEMBERED_MS) return known.kinds;
    const kinds = readKinds(this.#connection, apiVersion);
    this.#asked.set(apiVersion, { at: performance.now(), kinds });
    kinds.catch(() => this.#asked.delete(apiVersion));
    return kinds;
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
