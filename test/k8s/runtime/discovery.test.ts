import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ApiConnection } from '../../../k8s/operator/runtime/api-connection.ts';
import { errorOfAnswer } from '../../../k8s/operator/runtime/cluster.ts';
import { Discovery } from '../../../k8s/operator/runtime/discovery.ts';
import { SERVICE_MONITOR } from '../../../k8s/operator/runtime/kinds.ts';

const SERVED = { resources: [{ name: 'servicemonitors', kind: 'ServiceMonitor', namespaced: true }] };
const NONE = { resources: [] };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** An API whose answers the test sets. */
class Api {
  asked = 0;
  answer: object | number | Promise<object> = SERVED;
  readonly discovery = new Discovery({
    json: async () => {
      this.asked++;
      if (typeof this.answer === 'number') throw errorOfAnswer('GET', this.answer, 'the server is unavailable');
      return await this.answer;
    },
  } as unknown as ApiConnection);

  serves() {
    return this.discovery.serves(SERVICE_MONITOR);
  }
}

it('remembers for a minute which kinds an API serves', async () => {
  const api = new Api();
  expect([await api.serves(), await api.serves()]).toEqual([true, true]);
  api.answer = NONE;
  vi.advanceTimersByTime(59_000);
  expect([await api.serves(), api.asked]).toEqual([true, 1]);
  vi.advanceTimersByTime(1_000);
  expect([await api.serves(), api.asked]).toEqual([false, 2]);
  vi.advanceTimersByTime(60_000);
  api.answer = 404;
  expect(await api.serves()).toBe(false);
});

it('uses its last answer while the API does not say, and asks again later', async () => {
  const api = new Api();
  await api.serves();
  api.answer = 503;
  vi.advanceTimersByTime(60_000);
  for (let times = 0; times < 50; times++) expect(await api.serves()).toBe(true);
  expect(api.asked).toBe(2);
  vi.advanceTimersByTime(10_000);
  api.answer = NONE;
  expect([await api.serves(), api.asked]).toEqual([false, 3]);
});

it('says that it does not know if the API never said', async () => {
  const api = new Api();
  api.answer = 503;
  for (let times = 0; times < 50; times++) expect(await api.serves()).toBeNull();
  await expect(api.discovery.resourceOf(SERVICE_MONITOR)).rejects.toMatchObject({ code: 'CLUSTER_UNAVAILABLE' });
  expect(api.asked).toBe(1);
});

it('does not wait long for an API that does not answer, if it knows an earlier answer', async () => {
  const api = new Api();
  await api.serves();
  const { promise, resolve } = Promise.withResolvers<object>();
  api.answer = promise;
  vi.advanceTimersByTime(60_000);
  const answer = api.serves();
  await vi.advanceTimersByTimeAsync(0);
  expect(api.asked).toBe(2);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await answer).toBe(true);
  // Later callers do not wait for the same answer again.
  for (let times = 0; times < 50; times++) {
    expect(await Promise.race([api.serves(), new Promise((pass) => setImmediate(pass, 'late'))])).toBe(true);
  }
  resolve(NONE);
  await vi.waitFor(async () => expect(await api.serves()).toBe(false));
});
