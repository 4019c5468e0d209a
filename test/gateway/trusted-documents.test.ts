import { createHash } from 'node:crypto';
import { createClient } from 'graphql-ws';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { TrustedDocuments } from '../../src/gateway/requests/trusted-documents.ts';
import { EventSourceClient } from '../support/event-source.ts';
import { demoGateway, post } from './support.ts';

const TRUSTED = '{ chain { network } }';
const HASH = createHash('sha256').update(TRUSTED).digest('hex');
const OTHER = '{ chain { lag } }';
const ANSWER = { chain: { network: 'btc-mainnet' } };
const REFUSAL = [{ extensions: { code: 'DOCUMENT_NOT_TRUSTED', retryable: false } }];

describe('a gateway of trusted documents', () => {
  const gateway = demoGateway({ trustedDocuments: TrustedDocuments.parse(JSON.stringify({ [HASH]: TRUSTED })) });

  const persisted = async (sha256Hash: string, query?: string) => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, extensions: { persistedQuery: { version: 1, sha256Hash } } }),
    });
    return (await response.json()) as object;
  };

  it('answers those documents, by text or by hash, and no others', async () => {
    expect((await post(gateway.url, TRUSTED)).data).toEqual(ANSWER);
    expect(await persisted(HASH)).toMatchObject({ data: ANSWER });
    const { status, errors } = await post(gateway.url, OTHER);
    expect(status).toBe(400);
    expect(errors).toMatchObject(REFUSAL);
  });

  it('does not learn others', async () => {
    const hash = createHash('sha256').update(OTHER).digest('hex');
    expect(await persisted(hash, OTHER)).toMatchObject({ errors: REFUSAL });
    expect(await persisted(hash)).toMatchObject({ errors: [{ extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }] });
  });

  const told = async (query: string) => {
    const client = new EventSourceClient(`${gateway.url}/graphql`, query);
    await client.ended;
    return client.notices[0]!;
  };

  it.each([
    ['no GraphQL', '{ a '],
    ['nothing that there is', `{ ${'a '.repeat(1_900)} }`],
    ['too many tokens', 'a '.repeat(20_000)],
    ['too many brackets', '{ a '.repeat(5_000)],
  ])('does not even parse a document that is %s', async (_, query) => {
    expect((await post(gateway.url, query)).errors).toMatchObject(REFUSAL);
    expect((await told(query)).errors).toMatchObject(REFUSAL);
    const client = createClient({ url: `${gateway.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket });
    await expect(client.iterate({ query }).next()).rejects.toMatchObject(REFUSAL);
    await client.dispose();
  });

  it('applies this to streams, too', async () => {
    expect((await told(TRUSTED)).data).toEqual(ANSWER);
    expect((await told(OTHER)).errors).toMatchObject(REFUSAL);
  });
});

it.each([
  ['[]', 'it must be an object'],
  ['{', 'JSON'],
  [JSON.stringify({ [HASH]: OTHER }), 'does not have this SHA-256'],
])('refuses a file of documents that it cannot use: %s', (json, reason) => {
  expect(() => TrustedDocuments.parse(json)).toThrow(reason);
});
