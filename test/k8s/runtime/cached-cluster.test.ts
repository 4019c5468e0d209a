import { pino } from 'pino';
import { afterEach, expect, it, vi } from 'vitest';
import type { ApiConnection, ApiRequest } from '../../../k8s/operator/runtime/api-connection.ts';
import { CachedCluster, ClusterMemory } from '../../../k8s/operator/runtime/cached-cluster.ts';
import { Caches } from '../../../k8s/operator/runtime/caches.ts';
import { errorOfAnswer } from '../../../k8s/operator/runtime/cluster.ts';
import { Discovery } from '../../../k8s/operator/runtime/discovery.ts';
import { SECRET } from '../../../k8s/operator/runtime/kinds.ts';
import { NO_OPERATOR_OBSERVER } from '../../../k8s/operator/runtime/observer.ts';
import { REFLECTOR_TIMES } from '../../../k8s/operator/runtime/reflector.ts';
import { tenureUntil } from '../../../k8s/operator/runtime/tenure.ts';

const REMEMBER_MS = 100;

/** A cluster that only serves objects by name. */
function clusterOf(answer: (request: ApiRequest) => object | null) {
  const connection = {
    json: async (request: ApiRequest) => {
      if (request.path === '/api/v1') return { resources: [{ name: 'secrets', kind: 'Secret', namespaced: true }] };
      const found = answer(request);
      if (found === null) throw errorOfAnswer(request.path, 404, 'not found');
      return found;
    },
  } as unknown as ApiConnection;
  const kinds = { primaries: [], whole: [] };
  const options = {
    connection,
    observer: NO_OPERATOR_OBSERVER,
    log: pino({ level: 'silent' }),
    times: REFLECTOR_TIMES,
  };
  const memory = new ClusterMemory(new Caches(kinds, null, options), REMEMBER_MS);
  const { signal } = new AbortController();
  const discovery = new Discovery(connection);
  return new CachedCluster({ connection, discovery, tenure: tenureUntil(signal), signal }, memory);
}

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const read = (cluster: CachedCluster) => cluster.read(SECRET, 'a', 'login');

it('asks now and then for a missing Secret, and notices when it exists', async () => {
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login', namespace: 'a', uid: 'x' } };
  let asked = 0;
  let there: object | null = null;
  const cluster = clusterOf(() => {
    asked++;
    return there;
  });
  let reads = 0;
  const isAskedAgain = async () => {
    expect(await read(cluster)).toBeNull();
    reads++;
    return asked >= 3;
  };
  await vi.waitUntil(isAskedAgain, { interval: 1, timeout: 10_000 });
  expect(reads).toBeGreaterThan(asked);
  there = secret;
  await vi.waitFor(async () => expect(await read(cluster)).toEqual(secret), { timeout: 10_000 });
});

it.each([
  ['there is much else', 0],
  ['there was much else', 3_600_000],
])('notices new and changed objects in its usual time, though %s', async (_, passedMs) => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
  // The cache uses the real clock.
  vi.spyOn(performance, 'now').mockImplementation(Date.now);
  const secretOf = (path: string, text: string) => ({
    ...{ apiVersion: 'v1', kind: 'Secret', data: { text } },
    metadata: { name: path.split('/').at(-1)!, namespace: 'a', uid: path },
  });
  let text: string | null = passedMs === 0 ? null : 'before';
  const cluster = clusterOf(({ path }) => {
    if (!path.endsWith('/login')) return secretOf(path, 'other');
    return text === null ? null : secretOf(path, text);
  });
  for (let n = 0; n < 400; n++) await cluster.read(SECRET, 'a', `other-${n}`);
  vi.advanceTimersByTime(passedMs);
  await read(cluster);
  text = 'after';
  vi.advanceTimersByTime(10 * REMEMBER_MS);
  expect(await read(cluster)).toMatchObject({ data: { text } });
});

it('knows a missing Secret that it created itself', async () => {
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login', namespace: 'a', uid: 'x' } };
  const cluster = clusterOf(({ method }) => (method === 'GET' ? null : secret));
  expect(await read(cluster)).toBeNull();
  await cluster.apply({ ...secret, data: {} } as never);
  expect(await read(cluster)).toEqual(secret);
});
