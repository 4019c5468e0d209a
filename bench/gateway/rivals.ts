import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import Fastify from 'fastify';
import mercurius from 'mercurius';
import { pino } from 'pino';
import { createSchema } from '../../src/gateway/graphql/schema.ts';
import { type Backend, RequestContext } from '../../src/gateway/resolvers/context.ts';
import { SharedStore } from '../../src/query/shared-store.ts';
import { SETTINGS } from '../../src/settings/settings.ts';
import { parseStoreLocation } from '../../src/store/location.ts';
import { openStore } from '../../src/store/open.ts';
import { SIZES } from './questions.ts';

/** Starts a server that others are compared with. @returns its address */
type Start = (argument: string) => Promise<string>;

const HOST = '127.0.0.1';
const MIB = 1024 * 1024;

/** Other servers, with the schema, resolvers and cache of the gateway; and one that shows the highest possible speed. */
export const RIVALS = {
  /** @param store where the index is */
  async apollo(store) {
    const backend = await backendOf(store);
    const server = new ApolloServer<RequestContext>({ schema: createSchema() });
    const { url } = await startStandaloneServer(server, {
      listen: { host: HOST, port: 0 },
      context: async () => new RequestContext(backend),
    });
    return url;
  },

  /** @param store where the index is */
  async mercurius(store) {
    const backend = await backendOf(store);
    const fastify = Fastify();
    await fastify.register(mercurius, {
      schema: createSchema(),
      jit: 1,
      context: () => new RequestContext(backend) as unknown as Record<string, unknown>,
    });
    return `${await fastify.listen({ host: HOST, port: 0 })}/graphql`;
  },

  /** @param answers the answers by size, as JSON */
  async ceiling(answers) {
    const texts: Readonly<Record<string, string>> = JSON.parse(answers);
    const server = createServer((request, response) => {
      const size = SIZES.find((name) => request.url?.endsWith(name)) ?? 'small';
      request.resume();
      request.on('end', () => response.setHeader('content-type', 'application/json').end(texts[size]));
    });
    await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
    return `http://${HOST}:${(server.address() as AddressInfo).port}/`;
  },
} as const satisfies Record<string, Start>;

export type Rival = keyof typeof RIVALS;

async function backendOf(location: string): Promise<Backend> {
  const store = await openStore(parseStoreLocation(location)!, { cacheMiB: SETTINGS.sqliteCache.fallback });
  const shared = new SharedStore(store, SETTINGS.gatewayCache.fallback * MIB);
  return { store: shared, scanBudget: SETTINGS.scanBudget.fallback, log: pino({ level: 'silent' }) };
}

if (import.meta.main) {
  const [name, argument] = process.argv.slice(2) as [Rival, string];
  console.log(`Listening at ${await RIVALS[name](argument)} .`);
}
