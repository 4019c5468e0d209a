import { createHash } from 'node:crypto';
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache, type TypedDocumentNode } from '@apollo/client';
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { fetchExchange, Client as UrqlClient } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import { GraphQLClient } from 'graphql-request';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient, type FormattedExecutionResult } from 'graphql-ws';
import {
  type FetchFunction,
  type GraphQLResponse,
  Network,
  Observable as RelayObservable,
  type RequestParameters,
  type SubscribeFunction,
} from 'relay-runtime';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { parseNodeAddress } from '../../src/rpc/credentials.ts';
import { Rpc } from '../../src/rpc/rpc.ts';
import { FakeNode } from '../support/fake-node.ts';
import { MovingChain } from '../support/moving-chain.ts';
import { encodeTransaction, p2pkhScript } from '../support/synthetic-chain.ts';
import { post, serve, type TestGateway } from './support.ts';

/** A client, used as its documentation shows. */
interface Subject {
  /** @returns `data` @throws the client's error */
  readonly query: (query: string, variables?: Record<string, unknown>) => Promise<unknown>;
  readonly mutate: (mutation: string) => Promise<unknown>;
  /** The `data` of each event. */
  readonly subscribe?: (query: string, variables: Record<string, unknown>) => AsyncIterable<unknown>;
  /** Sends the hash first. */
  readonly persisted?: (query: string) => Promise<unknown>;
  readonly close?: () => unknown;
}

const QUERY = 'query Network { chain { network } }';
const ANSWER = { chain: { network: 'btc-regtest' } };
const BLOCKS = 'subscription Blocks($after: EventCursor) { blocks(after: $after) { kind block { height } } }';
const MISTAKE = 'query Mistake { chain { colour } }';
const INPUTS = [{ txid: new Uint8Array(32).fill(7), index: 0 }];
const RAW = Buffer.from(encodeTransaction(INPUTS, [{ value: 1, script: p2pkhScript(1) }], 1)).toString('hex');
const MUTATION = `mutation Send { broadcastTransaction(raw: "${RAW}") }`;
const TXID = 'ab'.repeat(32);

let chain: MovingChain;
let node: FakeNode;
let gateway: TestGateway;
let url: string;
/** HTTP answers: status, media type, price. */
let answered: (readonly [number, string | null, string | null])[];
let open: Subject | null = null;

beforeAll(async () => {
  chain = await MovingChain.create([{ value: 50, script: p2pkhScript(1) }]);
  node = await FakeNode.alone(() => ({ result: TXID }));
  gateway = await serve(chain.store, { node: new Rpc(parseNodeAddress(node.url)) });
  url = `${gateway.url}/graphql`;
});

afterEach(async () => {
  await open?.close?.();
  open = null;
});

afterAll(async () => {
  await gateway.close();
  await node[Symbol.asyncDispose]();
  await chain.close();
});

/** The platform's `fetch`, whose answers are recorded. */
async function recordingFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init);
  const { status, headers } = response;
  answered.push([status, headers.get('content-type'), headers.get('x-query-cost')]);
  return response;
}

const sha256 = async (text: string) => createHash('sha256').update(text).digest('hex');

function webSocketClient() {
  return createWsClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 });
}

/** @returns `data` @throws the errors */
function dataOf({ data, errors }: Pick<FormattedExecutionResult, 'data' | 'errors'>): unknown {
  if (errors !== undefined) throw errors;
  return data;
}

async function* map<T>(results: AsyncIterable<T>, of: (result: T) => unknown): AsyncGenerator<unknown> {
  for await (const result of results) yield of(result);
}

/** The values of an observable, one by one. */
async function* each<T>(
  subscribe: (next: (value: T) => void, fail: (error: unknown) => void) => { unsubscribe(): void },
): AsyncGenerator<T> {
  const values: T[] = [];
  let wake = Promise.withResolvers<void>();
  const subscription = subscribe(
    (value) => {
      values.push(value);
      wake.resolve();
    },
    (error) => wake.reject(error),
  );
  try {
    for (;;) {
      await wake.promise;
      wake = Promise.withResolvers();
      yield* values.splice(0);
    }
  } finally {
    subscription.unsubscribe();
  }
}

function urql(): Subject {
  const options = {
    url,
    fetch: recordingFetch as typeof fetch,
    preferGetMethod: false,
    fetchSubscriptions: true,
  } as const;
  const client = new UrqlClient({ ...options, exchanges: [fetchExchange] });
  const persisting = new UrqlClient({
    ...options,
    exchanges: [persistedExchange({ preferGetForPersistedQueries: true, generateHash: sha256 }), fetchExchange],
  });
  const resultOf = ({ data, error }: { data?: unknown; error?: Error | undefined }) => {
    if (error !== undefined) throw error;
    return data;
  };
  return {
    query: async (query, variables = {}) => resultOf(await client.query(query, variables)),
    mutate: async (mutation) => resultOf(await client.mutation(mutation, {})),
    subscribe: (query, variables) =>
      map(
        each((next) => client.subscription(query, variables).subscribe(next)),
        resultOf as (result: unknown) => unknown,
      ),
    persisted: async (query) => resultOf(await persisting.query(query, {})),
  };
}

function apollo(): Subject {
  const http = new HttpLink({ uri: url, fetch: recordingFetch as typeof fetch });
  const socket = webSocketClient();
  const cached = () => ({ cache: new InMemoryCache(), devtools: { enabled: false } });
  const client = new ApolloClient({ ...cached(), link: http });
  const listener = new ApolloClient({ ...cached(), link: new GraphQLWsLink(socket) });
  const persisting = new ApolloClient({
    ...cached(),
    link: ApolloLink.from([new PersistedQueryLink({ sha256 }), http]),
  });
  const document = (text: string) => gql(text) as TypedDocumentNode<unknown, Record<string, unknown>>;
  const bare = (data: unknown) =>
    JSON.parse(JSON.stringify(data).replaceAll(/"__typename":"\w+",?|,"__typename":"\w+"/g, ''));
  const once = { fetchPolicy: 'no-cache' } as const;
  return {
    query: async (query, variables = {}) =>
      bare((await client.query({ query: document(query), variables, ...once })).data),
    mutate: async (mutation) => bare((await client.mutate({ mutation: document(mutation), ...once })).data),
    subscribe: (query, variables) =>
      map(
        each<{ data?: unknown }>((next, fail) =>
          listener.subscribe({ query: document(query), variables }).subscribe({ next, error: fail }),
        ),
        ({ data }) => bare(data),
      ),
    persisted: async (query) => bare((await persisting.query({ query: document(query), ...once })).data),
    close: () => socket.dispose(),
  };
}

function graphqlRequest(): Subject {
  const client = new GraphQLClient(url, { fetch: recordingFetch as typeof fetch });
  return {
    query: (query, variables = {}) => client.request(query, variables),
    mutate: (mutation) => client.request(mutation),
  };
}

function graphqlSse(): Subject {
  const client = createSseClient({ url, retryAttempts: 0, fetchFn: recordingFetch });
  const first = async (query: string, variables: Record<string, unknown> = {}) =>
    dataOf((await client.iterate({ query, variables }).next()).value);
  return {
    query: first,
    mutate: first,
    subscribe: (query, variables) => map(client.iterate({ query, variables }), dataOf as (result: unknown) => unknown),
    close: () => client.dispose(),
  };
}

function graphqlWs(): Subject {
  const client = webSocketClient();
  const first = async (query: string, variables: Record<string, unknown> = {}) =>
    dataOf((await client.iterate({ query, variables }).next()).value!);
  return {
    query: first,
    mutate: first,
    subscribe: (query, variables) => map(client.iterate({ query, variables }), dataOf as (result: unknown) => unknown),
    close: () => client.dispose(),
  };
}

/** Relay leaves the requests to its user: these are those of its documentation. */
function relay(): Subject {
  const socket = webSocketClient();
  const send = async (body: object) => {
    const headers = {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json; charset=utf-8, application/json; charset=utf-8',
    };
    const response = await recordingFetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    return (await response.json()) as GraphQLResponse;
  };
  const fetchQuery: FetchFunction = async ({ text, id, name }, variables) => {
    if (id === null || id === undefined) return send({ query: text, operationName: name, variables });
    const extensions = { persistedQuery: { version: 1, sha256Hash: id } };
    const answer = (await send({ extensions, variables })) as { errors?: { message: string }[] };
    if (answer.errors?.[0]?.message !== 'PersistedQueryNotFound') return answer as GraphQLResponse;
    return send({ query: text, extensions, variables });
  };
  const listen: SubscribeFunction = ({ text, name }, variables) =>
    RelayObservable.create((sink) =>
      socket.subscribe<Record<string, unknown>>(
        { query: text!, operationName: name, variables },
        {
          next: (value) => sink.next(value as GraphQLResponse),
          error: (error: unknown) => sink.error(error as Error),
          complete: () => sink.complete(),
        },
      ),
    );
  const network = Network.create(fetchQuery, listen);
  const run = (text: string, kind: RequestParameters['operationKind'], variables = {}, id: string | null = null) => {
    const name = /(?:query|mutation|subscription) (\w+)/.exec(text)![1]!;
    const parameters = { text, name, id, cacheID: name, operationKind: kind, metadata: {} } as RequestParameters;
    return network.execute(parameters, variables, { force: true });
  };
  const first = async (results: ReturnType<typeof run>) =>
    dataOf((await results.toPromise()) as FormattedExecutionResult);
  return {
    query: (query, variables = {}) => first(run(query, 'query', variables)),
    mutate: (mutation) => first(run(mutation, 'mutation')),
    subscribe: (query, variables) =>
      map(
        each<GraphQLResponse>((next, error) => run(query, 'subscription', variables).subscribe({ next, error })),
        (result) => dataOf(result as FormattedExecutionResult),
      ),
    persisted: async (query) => first(run(query, 'query', {}, await sha256(query))),
    close: () => socket.dispose(),
  };
}

describe.each([
  ['@urql/core', urql, ['json', 'subscribes', 'hashes']],
  ['@apollo/client', apollo, ['json', 'subscribes', 'hashes']],
  ['graphql-request', graphqlRequest, ['json']],
  ['graphql-sse', graphqlSse, ['subscribes']],
  ['graphql-ws', graphqlWs, ['subscribes']],
  ["Relay's network layer", relay, ['json', 'subscribes', 'hashes']],
] as [string, () => Subject, ('json' | 'subscribes' | 'hashes')[]][])('%s', (_, create, can) => {
  const subject = () => {
    answered = [];
    open = create();
    return open;
  };
  const expectJson = (status: number) => {
    if (!can.includes('json')) return;
    expect(answered.length).toBeGreaterThan(0);
    for (const [got, type] of answered) {
      expect(type).toMatch(/^application\/(graphql-response\+)?json; charset=utf-8$/);
      expect(got).toBe(status);
    }
  };

  it('asks', async () => {
    const { query } = subject();
    expect(await query(QUERY)).toEqual(ANSWER);
    const byHeight = 'query At($height: Int!) { block(height: $height) { height } }';
    expect(await query(byHeight, { height: 0 })).toEqual({ block: { height: 0 } });
    expectJson(200);
    for (const [, , cost] of answered) expect(Number(cost)).toBeGreaterThan(0);
  });

  it('sends a mutation', async () => {
    expect(await subject().mutate(MUTATION)).toEqual({ broadcastTransaction: TXID });
    expectJson(200);
  });

  it('receives an error, and continues', async () => {
    const { query } = subject();
    const mistake = await query(MISTAKE).then(
      () => null,
      (error: unknown) => error,
    );
    expectJson(400);
    expect(textOf(mistake)).toContain('Cannot query field \\"colour\\" on type \\"Chain\\".');
    expect(textOf(mistake)).toContain('GRAPHQL_VALIDATION_FAILED');
    expect(await query(QUERY)).toEqual(ANSWER);
  });

  const whatHappens = async () => {
    const { subscribe } = subject();
    const { data } = await post(gateway.url, '{ chain { cursor tip { height } } }');
    const { cursor, tip } = data.chain;
    await chain.commit({ connect: [[], []] });
    const told: unknown[] = [];
    for await (const event of subscribe!(BLOCKS, { after: cursor })) if (told.push(event) === 2) break;
    const heights = [tip.height + 1, tip.height + 2];
    expect(told).toEqual(heights.map((height) => ({ blocks: { kind: 'CONNECTED', block: { height } } })));
  };
  if (can.includes('subscribes')) it('is told what happens', whatHappens);

  const asksByHash = async () => {
    const { persisted } = subject();
    const query = `query Hashed${create.name} { chain { network } }`;
    expect(await persisted!(query)).toEqual(ANSWER);
    const before = answered.length;
    expect(before).toBe(2);
    await open!.close?.();
    // A client that does not know yet that its hash is known asks once more.
    open = create();
    expect(await open.persisted!(query)).toEqual(ANSWER);
    expect(answered.length).toBe(before + 1);
    expectJson(200);
  };
  if (can.includes('hashes')) it('asks by hash', asksByHash);
});

/** The text of a client's error, of any kind. */
function textOf(error: unknown): string {
  const { graphQLErrors, response, cause } = error as { graphQLErrors?: unknown; response?: unknown; cause?: unknown };
  const errors = CombinedGraphQLErrors.is(error) ? error.errors : (graphQLErrors ?? response ?? cause ?? error);
  return JSON.stringify(errors);
}
