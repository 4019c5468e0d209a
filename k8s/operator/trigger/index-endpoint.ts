import type { BlockTrigger } from '../../api/kinds.ts';
import { gatewayUrl } from '../index/names.ts';
import { badAddress } from '../node/bad-address.ts';
import { type SecretObject, secretText } from '../node/login.ts';
import type { Cluster } from '../runtime/cluster.ts';
import { SECRET } from '../runtime/kinds.ts';
import type { GraphqlEndpoint } from './graphql-client.ts';
import { Obstacle } from './obstacle.ts';

const RETRY_MS = 10_000;

/** Where a trigger asks for matches. @throws Obstacle IndexReady, where the API key is missing; Stalled, where the address is none */
export async function indexEndpoint({ spec, metadata }: BlockTrigger, cluster: Cluster): Promise<GraphqlEndpoint> {
  const { namespace } = metadata;
  const { name = '', url = `${gatewayUrl({ namespace, name })}/graphql`, apiKeySecretRef } = spec.index ?? {};
  const problem = badAddress(url);
  if (problem !== null) {
    throw new Obstacle('BAD_SETTING', {
      condition: 'Stalled',
      reason: 'BadAddress',
      message: problem,
      retryMs: RETRY_MS,
    });
  }
  if (apiKeySecretRef === undefined) return { url, apiKey: null };
  const secret = await cluster.get<SecretObject>(SECRET, namespace, apiKeySecretRef.name);
  const apiKey = secret === null ? undefined : secretText(secret, apiKeySecretRef.key);
  if (apiKey !== undefined) return { url, apiKey: apiKey.trim() };
  const message = `There is no Secret ${apiKeySecretRef.name} with the key ${apiKeySecretRef.key}.`;
  const finding = { condition: 'IndexReady', reason: 'SecretMissing', message, retryMs: RETRY_MS } as const;
  throw new Obstacle('UNAUTHENTICATED', finding);
}
