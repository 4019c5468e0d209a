import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Client, createClient, type ExecutionResult } from 'graphql-ws';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { until } from '../../dev/until.ts';
import type { AccessStore } from '../../src/access/access-store.ts';
import { createKey } from '../../src/access/keys.ts';
import { SqliteAccess } from '../../src/access/sqlite-access.ts';
import { parseTiers } from '../../src/access/tiers.ts';
import { BitqlError } from '../../src/errors.ts';
import { EventSourceClient } from '../support/event-source.ts';
import { MovingChain } from '../support/moving-chain.ts';
import { p2pkhScript } from '../support/synthetic-chain.ts';
import { serve, type TestGateway } from './support.ts';

const BLOCKS = 'subscription { blocks { block { height } } }';
const CHAIN = '{ chain { network } }';

/** The messages that a subscriber over a WebSocket received, and the reason of the close. */
class Listener {
  told = 0;
  readonly ended: Promise<unknown>;

  constructor(client: Client) {
    this.ended = this.#listen(client);
  }

  async #listen(client: Client): Promise<unknown> {
    try {
      for await (const _ of client.iterate({ query: BLOCKS })) this.told++;
      return null;
    } catch (error) {
      return error;
    }
  }
}

describe('a subscription that is open with a key', () => {
  let folder: string;
  let file: string;
  let chain: MovingChain;
  let access: SqliteAccess;
  let gateway: TestGateway;
  let authorization: string;
  let id: string;
  let lookUps = 0;
  let isAway = false;
  const clients: Client[] = [];

  beforeAll(async () => {
    chain = await MovingChain.create([{ value: 50, script: p2pkhScript(1) }]);
  });
  afterAll(() => chain.close());

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bitql-revoked-'));
    file = join(folder, 'access.db');
    access = new SqliteAccess(file);
    const { text, key } = createKey('alice', 'standard', 1);
    await access.addKey(key);
    [authorization, id, lookUps, isAway] = [`Bearer ${text}`, key.id, 0, false];
    const watched: AccessStore = {
      ...bound(access),
      async findKey(asked) {
        lookUps++;
        if (isAway) throw new BitqlError('STORE_UNAVAILABLE', 'away');
        return access.findKey(asked);
      },
    };
    const tiers = parseTiers('{ "partner": { "subscriptions": 2, "maxCost": 210 } }');
    gateway = await serve(chain.store, {
      callers: { access: watched, tiers, trustedProxies: [], maxSubscriptions: 100 },
    });
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) await client.dispose();
    await gateway.close();
    await access.close();
    rmSync(folder, { recursive: true });
  });

  const connect = () => {
    const url = `${gateway.url.replace('http', 'ws')}/graphql`;
    const client = createClient({
      url,
      webSocketImpl: WebSocket,
      connectionParams: { authorization },
      retryAttempts: 0,
      lazy: false,
    });
    clients.push(client);
    return client;
  };
  const answerTo = async (client: Client, query = CHAIN): Promise<ExecutionResult | readonly unknown[]> => {
    try {
      return (await client.iterate({ query }).next()).value as ExecutionResult;
    } catch (error) {
      return error as readonly unknown[];
    }
  };
  const refused = (code: string) => [expect.objectContaining({ extensions: expect.objectContaining({ code }) })];
  const listen = () => new EventSourceClient(`${gateway.url}/graphql`, BLOCKS, { headers: { authorization } });

  it('ends, and no other begins, when the key is revoked', async () => {
    const client = connect();
    expect(await answerTo(client)).toMatchObject({ data: { chain: {} } });
    const listener = new Listener(client);
    const events = listen();
    await events.opened;
    await until('both to be told', async () => {
      await chain.commit({ connect: [[]] });
      return listener.told > 0 && events.notices.length > 0;
    });
    await access.removeKey(id);
    expect(await listener.ended).toEqual(refused('UNAUTHENTICATED'));
    await until('the stream to end', () => events.isComplete);
    expect(events.notices.at(-1)!.errors).toEqual(refused('UNAUTHENTICATED'));
    expect(await answerTo(client)).toEqual(refused('UNAUTHENTICATED'));
    expect(await new Listener(client).ended).toEqual(refused('UNAUTHENTICATED'));
    await events.close();
  });

  it('continues while the store is away, and the key is looked up once for all', async () => {
    const listeners = Array.from({ length: 5 }, () => new Listener(connect()));
    await until('all to be told', async () => {
      await chain.commit({ connect: [[]] });
      return listeners.every(({ told }) => told > 0);
    });
    isAway = true;
    const [before, begun] = [lookUps, performance.now()];
    await until('some look-ups', () => lookUps >= before + 3);
    expect(lookUps - before).toBeLessThanOrEqual(2 + (performance.now() - begun) / 900);
    const told = listeners.map((listener) => listener.told);
    await chain.commit({ connect: [[]] });
    await until('all to be told', () => listeners.every((listener, i) => listener.told > told[i]!));
  });

  it("has the limits of the key's present tier", async () => {
    const client = connect();
    const listeners = [new Listener(client), new Listener(client)];
    await until('both to be told', async () => {
      await chain.commit({ connect: [[]] });
      return listeners.every(({ told }) => told > 0);
    });
    const dear = '{ blocks(last: 100) { nodes { hash } } }';
    expect(await answerTo(client, dear)).toMatchObject({ data: {} });
    const db = new DatabaseSync(file);
    db.exec("UPDATE keys SET tier = 'partner'");
    db.close();
    await until('the price to be too high', async () => 'length' in (await answerTo(client, dear)));
    expect(await answerTo(client, dear)).toEqual(refused('COST_EXCEEDED'));
    expect(await new Listener(client).ended).toEqual(refused('TOO_MANY_SUBSCRIPTIONS'));
  });
});

function bound(access: SqliteAccess): AccessStore {
  return {
    addKey: (key) => access.addKey(key),
    findKey: (id) => access.findKey(id),
    keys: () => access.keys(),
    removeKey: (id) => access.removeKey(id),
    markUsed: (id, at) => access.markUsed(id, at),
    prepare: () => access.prepare(),
    grant: (ask) => access.grant(ask),
    takeBack: (points) => access.takeBack(points),
    close: () => access.close(),
  };
}
