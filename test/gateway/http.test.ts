import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery, printSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { startGateway } from '../../src/gateway/server.ts';
import { packagePath } from '../../src/package-root.ts';
import { demoGateway, demoStore, post, SILENT, serve } from './support.ts';

const QUERY = '{ chain { network } }';

describe('the gateway over HTTP', () => {
  const gateway = demoGateway({ cors: '*' });

  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${gateway.url}${path}`, { headers, redirect: 'manual' });
  const json = { 'content-type': 'application/json' };

  it('answers by GET too', async () => {
    const response = await get(`/graphql?query=${encodeURIComponent(QUERY)}`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ data: { chain: { network: 'btc-mainnet' } } });
  });

  it('lets pages of every origin ask', async () => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-allow-headers')).toBe('content-type');
    expect(response.headers.get('access-control-allow-methods')).toBe('GET, POST');
    expect(response.headers.get('access-control-max-age')).toBe('86400');
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('answers JSON, as long as it says', async () => {
    const response = await fetch(`${gateway.url}/graphql?ignored=1`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ query: QUERY }),
    });
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const length = Number(response.headers.get('content-length'));
    expect((await response.arrayBuffer()).byteLength).toBe(length);
  });

  it.each(['HEAD', 'PUT', 'PATCH', 'DELETE'])('says which methods there are beside %s', async (method) => {
    const body = method === 'PUT' ? JSON.stringify({ query: QUERY }) : null;
    const response = await fetch(`${gateway.url}/graphql?ignored=1`, { method, headers: json, body });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, POST');
  });

  it.each([
    ['a batch of queries', JSON.stringify([{ query: QUERY }]), 400],
    ['a body of more than 100 KB', JSON.stringify({ query: `#${'x'.repeat(110_000)}\n${QUERY}` }), 413],
    ['a body that is no JSON', '{', 400],
    ['no query', '{}', 400],
    ['a query of more than 2,000 tokens', JSON.stringify({ query: `{ ${'chain { lag } '.repeat(600)} }` }), 400],
  ])('refuses %s in the form of GraphQL', async (_, body, status) => {
    const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers: json, body });
    expect(response.status).toBe(status);
    const { errors } = (await response.json()) as { errors: { message: string; extensions: object }[] };
    expect(errors[0]!.message).not.toBe('');
    expect(errors[0]!.extensions).toHaveProperty('code');
  });

  it.each(['subscription', 'mutation'])('refuses a %s', async (operation) => {
    const answer = await post(gateway.url, `${operation} { anything }`);
    expect(answer.status).toBe(400);
    expect(answer.data).toBeUndefined();
    expect(answer.errors).not.toEqual([]);
  });

  it('shows its schema to everyone: by introspection and as a file', async () => {
    const { data } = await post(gateway.url, getIntrospectionQuery());
    const schema = printSchema(buildClientSchema(data as IntrospectionQuery));
    expect(schema).toContain('type Transaction {');
    const file = await (await get('/schema.graphql')).text();
    expect(file).toContain('"A block of the main chain, or a stale block."\ntype Block {');
  });

  it('leads from / to the playground, and says what there is elsewhere', async () => {
    const root = await get('/');
    expect(root.status).toBe(302);
    expect(new URL(root.headers.get('location')!, `${gateway.url}/`).pathname).toBe('/graphiql');
    const nowhere = await get('/nowhere');
    expect(nowhere.status).toBe(404);
    expect(await nowhere.text()).toContain('/graphql');
  });

  it.each([
    ['JSON', '/graphql?query={__typename}', {}],
    ['server-sent events', '/graphql?query={__typename}', { accept: 'text/event-stream' }],
    ['a refusal', '/graphql?query=', {}],
    ['the playground', '/graphiql', {}],
    ['what is not there', '/nowhere', {}],
  ] as [string, string, Record<string, string>][])(
    'keeps browsers from taking %s for something else',
    async (_, path, headers) => {
      const response = await get(path, { origin: 'https://app.example', ...headers });
      await response.body?.cancel();
      const header = (name: string) => response.headers.get(name);
      expect(header('x-content-type-options')).toBe('nosniff');
      expect(header('referrer-policy')).toBe('no-referrer');
      expect(header('x-frame-options')).toBe('DENY');
      if (path === '/graphiql') expect(header('content-security-policy')).toContain("frame-ancestors 'none'");
      else expect(header('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none'");
      // Pages of other origins may read everything, isolated or not.
      expect(header('cross-origin-resource-policy')).toBe('cross-origin');
      expect(header('access-control-allow-origin')).toBe('*');
      expect(header('access-control-expose-headers')).toBe(
        'x-request-id, x-query-cost, ratelimit-limit, ratelimit-remaining, ratelimit-reset, retry-after, etag, accept-ranges, content-range',
      );
      expect(header('strict-transport-security')).toBeNull();
    },
  );

  it('serves the playground with nothing from elsewhere', async () => {
    const page = await get('/graphiql');
    expect(page.headers.get('content-type')).toContain('text/html');
    const policy = page.headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    const html = await page.text();
    expect(html).not.toMatch(/https?:|<script>/);
    const files = Array.from(html.matchAll(/(?:src|href)="(graphiql\/[^"]+)"/g), (match) => match[1]!);
    expect(files).toHaveLength(6);
    for (const file of files) {
      const response = await get(`/${file}`);
      expect(response.status, file).toBe(200);
      expect(response.headers.get('content-type'), file).toMatch(file.endsWith('.css') ? /css/ : /javascript/);
      expect((await response.arrayBuffer()).byteLength, file).toBeGreaterThan(10);
    }
  });

  it('ships the licence of each part of the playground', async () => {
    for (const name of ['graphiql', 'react', 'react-dom']) {
      expect(readFileSync(packagePath('assets', 'graphiql', `${name}.LICENSE`), 'utf8')).toContain('MIT');
    }
  });

  it('closes once requests under way are answered, whoever keeps a connection open', async () => {
    const closing = await serve(gateway.store);
    const idle = connect(Number(new URL(closing.url).port), '127.0.0.1');
    await new Promise((resolve) => idle.once('connect', resolve));
    const answers = Array.from({ length: 5 }, () => post(closing.url, QUERY));
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    await closing.close();
    idle.destroy();
    await expect(post(closing.url, QUERY)).rejects.toThrow();
  });
});

describe('a gateway that cannot listen', () => {
  it('says that the port is taken', async () => {
    const store = await demoStore();
    const gateway = await serve(store);
    const port = Number(new URL(gateway.url).port);
    const second = startGateway({ store, scanBudget: 1_000, log: SILENT, host: '127.0.0.1', port });
    await expect(second).rejects.toThrow(`Port ${port} of 127.0.0.1 is in use`);
    await gateway.close();
    await store.close();
  });
});
