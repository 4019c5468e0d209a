import { pino } from 'pino';
import { expect, it, vi } from 'vitest';
import type { ApiConnection, ApiRequest } from '../../../k8s/operator/runtime/api-connection.ts';
import { KindCache } from '../../../k8s/operator/runtime/caches.ts';
import { CONFIG_MAP } from '../../../k8s/operator/runtime/kinds.ts';
import { NO_OPERATOR_OBSERVER } from '../../../k8s/operator/runtime/observer.ts';
import { REFLECTOR_TIMES } from '../../../k8s/operator/runtime/reflector.ts';
import type { ApiObject } from '../../../k8s/operator/runtime/resource.ts';

const TIMES = { ...REFLECTOR_TIMES, backoff: { firstMs: 1, longestMs: 1 } };

function objectOf(name: string, resourceVersion: number, owner?: string): ApiObject {
  const reference = { apiVersion: 'v1', kind: 'Owner', name: owner ?? '', uid: owner ?? '', controller: true };
  const ownerReferences = owner === undefined ? [] : [reference];
  const metadata = { name, namespace: 'a', uid: name, resourceVersion: String(resourceVersion), ownerReferences };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata };
}

/** A cluster whose answers the test sets, since no real one does this on demand: it is restored to an older state. */
class Server implements Disposable {
  readonly cache: KindCache;
  objects: readonly ApiObject[];
  version: number;
  /** Runs while objects are listed. */
  meanwhile: () => void = () => {};
  #watch: ReadableStreamDefaultController<Uint8Array> | null = null;
  readonly #stop = new AbortController();

  constructor(version: number, ...objects: readonly ApiObject[]) {
    this.version = version;
    this.objects = objects;
    const connection = { json: () => this.#list(), stream: (request: ApiRequest) => this.#open(request) };
    const selection = { resource: CONFIG_MAP, labelSelector: undefined, metadataOnly: true };
    this.cache = new KindCache(selection, null, {
      ...{ connection: connection as unknown as ApiConnection, observer: NO_OPERATOR_OBSERVER, times: TIMES },
      log: pino({ level: 'silent' }),
    });
    void this.cache.run(this.#stop.signal);
  }

  /** Waits until the cache is as expected. */
  async untilCached(...versions: readonly string[]): Promise<void> {
    const cached = () => this.cache.all().map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`);
    await vi.waitFor(() => expect(cached().toSorted()).toEqual(versions));
  }

  send(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: ApiObject): void {
    this.#watch!.enqueue(new TextEncoder().encode(`${JSON.stringify({ type, object })}\n`));
  }

  /** Makes it list everything again. */
  expire(version: number, ...objects: readonly ApiObject[]): void {
    this.version = version;
    this.objects = objects;
    const status = { type: 'ERROR', object: { kind: 'Status', code: 410, metadata: {} } };
    this.#watch!.enqueue(new TextEncoder().encode(`${JSON.stringify(status)}\n`));
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  async #list() {
    const { objects, version } = this;
    this.meanwhile();
    return { items: objects, metadata: { resourceVersion: String(version) } };
  }

  async #open(_: ApiRequest): Promise<ReadableStream<Uint8Array>> {
    return new ReadableStream({
      start: (controller) => {
        this.#watch = controller;
        this.#stop.signal.addEventListener('abort', () => controller.error(this.#stop.signal.reason), { once: true });
      },
    });
  }
}

it('accepts the state of a server that was restored from a backup', async () => {
  using server = new Server(100, objectOf('one', 90));
  await server.untilCached('one 90');
  server.cache.note(objectOf('one', 101));
  await server.untilCached('one 101');
  server.expire(50, objectOf('one', 40));
  await server.untilCached('one 40');
  await vi.waitFor(() => server.send('MODIFIED', objectOf('one', 51)));
  await server.untilCached('one 51');
});

it('keeps writes of this process that happen during a list', async () => {
  using server = new Server(100, objectOf('one', 90));
  await server.untilCached('one 90');
  server.meanwhile = () => server.cache.note(objectOf('one', 111));
  server.expire(110, objectOf('one', 90), objectOf('two', 100));
  await server.untilCached('one 111', 'two 100');
});

it('knows which objects an object controls, whatever happens to it', async () => {
  using server = new Server(
    10,
    objectOf('one', 1, 'a'),
    objectOf('two', 2, 'a'),
    objectOf('three', 3, 'b'),
    objectOf('free', 4),
  );
  const owned = (uid: string) =>
    [...server.cache.ownedBy(uid)].map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`).toSorted();
  await server.untilCached('free 4', 'one 1', 'three 3', 'two 2');
  expect([owned('a'), owned('b'), owned('c')]).toEqual([['one 1', 'two 2'], ['three 3'], []]);
  server.send('MODIFIED', objectOf('one', 11, 'b'));
  server.send('DELETED', objectOf('two', 12, 'a'));
  server.send('ADDED', objectOf('four', 13, 'c'));
  await server.untilCached('four 13', 'free 4', 'one 11', 'three 3');
  expect([owned('a'), owned('b'), owned('c')]).toEqual([[], ['one 11', 'three 3'], ['four 13']]);
  server.expire(20, objectOf('three', 3, 'b'), objectOf('four', 14, 'a'));
  await server.untilCached('four 14', 'three 3');
  expect([owned('a'), owned('b'), owned('c')]).toEqual([['four 14'], ['three 3'], []]);
});
