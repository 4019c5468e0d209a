import { randomBytes } from 'node:crypto';
import type { BitcoinIndex, BitcoinNode } from '../../api/kinds.ts';
import { badAddressOf } from '../node/bad-address.ts';
import { type SecretObject, secretText } from '../node/login.ts';
import { NODE, nodeNames } from '../node/names.ts';
import type { KnownCluster } from '../runtime/cluster.ts';
import { CONFIG_MAP, DEPLOYMENT, SECRET, STATEFUL_SET } from '../runtime/kinds.ts';
import { readMadeWith } from '../runtime/made-with.ts';
import type { KubernetesObject } from '../runtime/resource.ts';
import { SALT_KEY } from './checksum.ts';
import type { DatabaseState, IndexInputs, MountedFile, Served } from './inputs.ts';
import { DATABASE_KEYS, databaseUri } from './mongodb/names.ts';
import { partName } from './names.ts';

/** Something that the spec names and that cannot be used. */
export interface Lack {
  /** The condition that says so, or the spec as a whole. */
  readonly about: 'node' | 'store' | 'gateway';
  readonly reason: string;
  /** What is to be done. */
  readonly message: string;
  /** Whether nothing but a change by somebody helps. */
  readonly isFinal: boolean;
}

/** What an index depends on, as far as it is there. */
export interface Gathered {
  readonly node: BitcoinNode | null;
  readonly lacks: readonly Lack[];
  /** Null where something is lacking. */
  readonly inputs: IndexInputs | null;
}

type Found<T> = T | Lack;

/** Reads what the desired state of an index depends on. What is generated once is only made where there is none. */
export async function gather(
  cluster: KnownCluster,
  index: BitcoinIndex,
  { image: usualImage, served }: { readonly image: string | null; readonly served: Served },
): Promise<Gathered> {
  const { namespace } = index.metadata;
  const { nodeRef, gateway } = index.spec;
  const node = await cluster.read<BitcoinNode>(NODE, namespace, nodeRef.name);
  if (node === null) return { node, lacks: [noNode(nodeRef.name)], inputs: null };
  const problem = badAddressOf(node);
  if (problem !== null) return { node, lacks: [badNode(nodeRef.name, problem)], inputs: null };
  const [nodeUri, store, tiers, trustedDocuments] = await Promise.all([
    readNodeUri(cluster, index),
    readStore(cluster, index),
    readFile(cluster, namespace, gateway.tiersRef),
    readFile(cluster, namespace, gateway.trustedDocumentsRef),
  ]);
  if (isLack(nodeUri) || isLack(store) || isLack(tiers) || isLack(trustedDocuments)) {
    return { node, lacks: [nodeUri, store, tiers, trustedDocuments].filter(isLack), inputs: null };
  }
  const [image, salt] = await Promise.all([readImage(cluster, index, usualImage), readSalt(cluster, index)]);
  if (image === null) return { node, lacks: [NO_IMAGE], inputs: null };
  const inputs = { node, nodeUri, ...store, salt, tiers, trustedDocuments, image, served };
  return { node, lacks: [], inputs };
}

const NO_IMAGE: Lack = {
  about: 'gateway',
  reason: 'NoImage',
  message: 'It is not known which image to run: give `image`, or give the operator one (BITQL_IMAGE).',
  isFinal: true,
};

function isLack(found: unknown): found is Lack {
  return typeof found === 'object' && found !== null && 'isFinal' in found;
}

function noNode(name: string): Lack {
  return {
    about: 'node',
    reason: 'NodeNotFound',
    message: `There is no BitcoinNode ${name} in this namespace: make one, or name another in nodeRef.`,
    isFinal: true,
  };
}

function badNode(name: string, problem: string): Lack {
  return { about: 'node', reason: 'BadAddress', message: `Of BitcoinNode ${name}, ${problem}`, isFinal: true };
}

/** The node's own reconciler keeps it. */
async function readNodeUri(cluster: KnownCluster, { metadata, spec }: BitcoinIndex): Promise<Found<string>> {
  const node = spec.nodeRef.name;
  const { rpc } = nodeNames(node);
  const secret = await cluster.read<SecretObject>(SECRET, metadata.namespace, rpc);
  const uri = secret === null ? undefined : secretText(secret, 'uri');
  if (uri !== undefined) return uri;
  const message = `There is no Secret ${rpc} with the \`uri\` of the node yet: see the conditions of BitcoinNode ${node}.`;
  return { about: 'node', reason: 'SecretNotFound', message, isFinal: false };
}

type Store = Pick<IndexInputs, 'storeUri' | 'database'>;

async function readStore(cluster: KnownCluster, index: BitcoinIndex): Promise<Found<Store>> {
  const { secretRef } = index.spec.store;
  if (secretRef === undefined) {
    const database = await readDatabase(cluster, index);
    return { storeUri: databaseUri(index, database.password), database };
  }
  const { name, key } = secretRef;
  const lack = (reason: string, message: string): Lack => ({ about: 'store', reason, message, isFinal: true });
  const secret = await cluster.read<SecretObject>(SECRET, index.metadata.namespace, name);
  if (secret === null) {
    return lack('SecretNotFound', `There is no Secret ${name}: make one with the URI of the database under ${key}.`);
  }
  const uri = secretText(secret, key);
  if (uri === undefined)
    return lack('KeyNotFound', `Secret ${name} has nothing under ${key}: put the URI of the database there.`);
  if (/^mongodb(\+srv)?:\/\/[^/]+/i.test(uri)) return { storeUri: uri, database: null };
  return lack('NoMongoDB', `What Secret ${name} has under ${key} is no mongodb://USER:PASSWORD@HOST/NAME.`);
}

/** What an index runs already: an operator that comes with a newer release leaves it that. */
async function readImage(cluster: KnownCluster, index: BitcoinIndex, usual: string | null): Promise<string | null> {
  const { metadata, spec } = index;
  if (spec.image !== undefined) return spec.image;
  const { image } = await readMadeWith(cluster, DEPLOYMENT, metadata.namespace, partName(index, 'indexer'));
  return image ?? usual;
}

async function readDatabase(cluster: KnownCluster, index: BitcoinIndex): Promise<DatabaseState> {
  const { namespace } = index.metadata;
  const name = partName(index, 'mongodb');
  const [secret, madeWith] = await Promise.all([
    cluster.read<SecretObject>(SECRET, namespace, name),
    readMadeWith(cluster, STATEFUL_SET, namespace, name),
  ]);
  const kept = (key: string) => (secret === null ? undefined : secretText(secret, key));
  return {
    password: kept(DATABASE_KEYS.password) ?? randomBytes(24).toString('hex'),
    keyfile: kept(DATABASE_KEYS.keyfile) ?? randomBytes(384).toString('base64'),
    ...madeWith,
  };
}

async function readSalt(cluster: KnownCluster, index: BitcoinIndex): Promise<string> {
  const secret = await cluster.read<SecretObject>(SECRET, index.metadata.namespace, partName(index, 'checksum'));
  return (secret === null ? undefined : secretText(secret, SALT_KEY)) ?? randomBytes(16).toString('hex');
}

interface ConfigMapObject extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

async function readFile(
  cluster: KnownCluster,
  namespace: string,
  reference: { readonly name: string; readonly key: string } | undefined,
): Promise<Found<MountedFile | null>> {
  if (reference === undefined) return null;
  const { name, key } = reference;
  const map = await cluster.read<ConfigMapObject>(CONFIG_MAP, namespace, name);
  const text = map?.data?.[key];
  if (text !== undefined) return { configMap: name, key, text };
  const message =
    map === null
      ? `There is no ConfigMap ${name}: make one with a file ${key}.`
      : `ConfigMap ${name} has nothing under ${key}.`;
  return { about: 'gateway', reason: map === null ? 'ConfigMapNotFound' : 'KeyNotFound', message, isFinal: true };
}
