import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../dev/until.ts';
import { SqliteAccess } from '../../src/access/sqlite-access.ts';
import { parseTiers } from '../../src/access/tiers.ts';
import { ERROR_CODES } from '../../src/errors.ts';
import { type ChainStore, ReadingStore, type ReadOptions, type ReadStore } from '../../src/store/store.ts';
import { demoStore, post, serve, type TestGateway } from './support.ts';

const BLOCK = '{ block(height: 357238) { hash } }';

/** A store that answers only reads of its state. */
class HangingStore extends ReadingStore {
  readonly signals: (AbortSignal | undefined)[] = [];
  /** The timeouts that it was given. */
  readonly times: (number | undefined)[] = [];
  readonly #store: ReadStore;

  constructor(store: ReadStore) {
    super();
    this.#store = store;
  }

  read(_: unknown, { signal, timeoutMs }: ReadOptions = {}): Promise<never> {
    this.signals.push(signal);
    this.times.push(timeoutMs);
    return new Promise(() => {});
  }

  readState(): ReturnType<ReadStore['readState']> {
    return this.#store.readState();
  }
}

describe('a request that takes too long', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bitql-deadline-'));
  const access = new SqliteAccess(join(folder, 'access.db'));
  const gateways: TestGateway[] = [];
  let store: ChainStore;

  beforeAll(async () => {
    store = await demoStore();
  });

  afterAll(async () => {
    await Promise.all(gateways.map((gateway) => gateway.close()));
    await Promise.all([access.close(), store.close()]);
    rmSync(folder, { recursive: true });
  });

  const serveWithin = async (deadlineMs: number) => {
    const hanging = new HangingStore(store);
    const tiers = parseTiers(JSON.stringify({ anonymous: { deadlineMs } }));
    const gateway = await serve(hanging, { callers: { access, tiers, trustedProxies: [], maxSubscriptions: 1 } });
    gateways.push(gateway);
    return { gateway, hanging };
  };

  it('is answered with an error, and its reads in the store end', async () => {
    const { gateway, hanging } = await serveWithin(1_000);
    const { status, errors } = await post(gateway.url, BLOCK);
    expect(status).toBe(504);
    expect(errors).toMatchObject([
      { message: ERROR_CODES.TIMEOUT.meaning, extensions: { code: 'TIMEOUT', retryable: true } },
    ]);
    expect(hanging.signals.length).toBeGreaterThan(0);
    expect(hanging.times.every((ms) => ms !== undefined && ms > 0 && ms <= 1_000)).toBe(true);
    expect(hanging.signals.every((signal) => signal?.aborted)).toBe(true);
  });

  it('ends when nobody waits for it any more', async () => {
    const { gateway, hanging } = await serveWithin(600_000);
    const client = new AbortController();
    const answer = fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: BLOCK }),
      signal: client.signal,
    });
    await until('the store to be asked', () => hanging.signals.length > 0);
    expect(hanging.signals.some((signal) => signal?.aborted)).toBe(false);
    client.abort();
    await expect(answer).rejects.toThrow();
    await until('the reads to end', () => hanging.signals.every((signal) => signal?.aborted));
  });
});
