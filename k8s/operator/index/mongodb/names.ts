import type { BitcoinIndex } from '../../../api/kinds.ts';
import { MONGODB_PORT, partName } from '../names.ts';

export const DATABASE = 'bitql';
export const DATABASE_USER = 'bitql';
export const REPLICA_SET = 'rs0';
/** Keys of the Secret of a database that the operator runs. */
export const DATABASE_KEYS = { uri: 'uri', username: 'username', password: 'password', keyfile: 'keyfile' } as const;

/** The Secret with the URI of the store: the user's, or that of the database that the operator runs. */
export function storeSecret(index: BitcoinIndex): { readonly name: string; readonly key: string } {
  return index.spec.store.secretRef ?? { name: partName(index, 'mongodb'), key: DATABASE_KEYS.uri };
}

/** How members of the replica set are reached, by clients and by each other. */
export function memberHosts(index: BitcoinIndex): string[] {
  const service = partName(index, 'mongodb');
  const members = index.spec.store.managed?.members ?? 0;
  return Array.from(
    { length: members },
    (_, ordinal) => `${service}-${ordinal}.${service}.${index.metadata.namespace}.svc:${MONGODB_PORT}`,
  );
}

/** The password is hexadecimal, so it needs no encoding. */
export function databaseUri(index: BitcoinIndex, password: string): string {
  const hosts = memberHosts(index).join(',');
  return `mongodb://${DATABASE_USER}:${password}@${hosts}/${DATABASE}?replicaSet=${REPLICA_SET}&authSource=admin`;
}
