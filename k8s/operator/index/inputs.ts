import { randomBytes } from 'node:crypto';
import type { BitcoinIndex, BitcoinNode } from '../../api/kinds.ts';
import { badAddressOf, NODE, nodeNames } from '../node/names.ts';
import type { KnownCluster } from '../runtime/cluster.ts';
import { CONFIG_MAP, DEPLOYMENT, SECRET, STATEFUL_SET } from '../runtime/kinds.ts';
import { isObstacle, type Obstacle } from '../runtime/obstacle.ts';
import { type KubernetesObject, type SecretObject, secretText } from '../runtime/resource.ts';
import { type MadeWith, readMadeWith } from '../runtime/workloads.ts';
import { DATABASE_KEYS, databaseUri, partName, SALT_KEY } from './names.ts';
import type { Served } from './served.ts';

/** Everything that the desired state of an index depends on in addition to its spec. */
export interface IndexInputs {
  readonly node: BitcoinNode;
  /** The URI of the node's RPC, with user and password. */
  readonly nodeUri: string;
  /** The URI of the database, with user and password. */
  readonly storeUri: string;
  /** Null if the operator does not manage the database. */
  readonly database: DatabaseState | null;
  /** The salt of the checksums of secrets: without it, passwords could be guessed from them. */
  readonly salt: string;
  readonly tiers: MountedFile | null;
  readonly trustedDocuments: MountedFile | null;
  /** The image of indexer and gateways. */
  readonly image: string;
  readonly served: Served;
}

/** What a managed database was created with and keeps. */
export interface DatabaseState extends MadeWith {
  /** In hexadecimal; generated. */
  readonly password: string;
  /** The key by which members authenticate each other, in base64; generated. */
  readonly keyfile: string;
}

/** A file from a ConfigMap that gateways read. */
export interface MountedFile {
  readonly configMap: string;
  readonly key: string;
  readonly text: string;
}

/** The inputs of an index, as far as they exist. */
export interface FoundInputs {
  readonly node: BitcoinNode | null;
  /** One for each unusable input. */
  readonly obstacles: readonly Obstacle[];
  /** Null if there is an obstacle. */
  readonly inputs: IndexInputs | null;
}

type OrObstacle<T> = T | Obstacle;

/** Reads the inputs. Generated values are generated only if there are none yet. */
export async function readIndexInputs(
  cluster: KnownCluster,
  index: BitcoinIndex,
  { image: usualImage, served }: { readonly image: string | null; readonly served: Served },
): Promise<FoundInputs> {
  const { namespace } = index.metadata;
  const { nodeRef, gateway } = index.spec;
  const node = await cluster.read<BitcoinNode>(NODE, namespace, nodeRef.name);
  if (node === null) return { node, obstacles: [noNode(nodeRef.name)], inputs: null };
  const problem = badAddressOf(node);
  if (problem !== null) return { node, obstacles: [badNode(nodeRef.name, problem)], inputs: null };
  const [nodeUri, store, tiers, trustedDocuments] = await Promise.all([
    readNodeUri(cluster, index),
    readStore(cluster, index),
    readFile(cluster, namespace, gateway.tiersRef),
    readFile(cluster, namespace, gateway.trustedDocumentsRef),
  ]);
  if (isObstacle(nodeUri) || isObstacle(store) || isObstacle(tiers) || isObstacle(trustedDocuments)) {
    return { node, obstacles: [nodeUri, store, tiers, trustedDocuments].filter(isObstacle), inputs: null };
  }
  const [image, salt] = await Promise.all([readImage(cluster, index, usualImage), readSalt(cluster, index)]);
  if (image === null) return { node, obstacles: [NO_IMAGE], inputs: null };
  const inputs = { node, nodeUri, ...store, salt, tiers, trustedDocuments, image, served };
  return { node, obstacles: [], inputs };
}

const NO_IMAGE: Obstacle = {
  condition: 'Reconciled',
  reason: 'NoImage',
  message: 'No image is known: set `image`, or give the operator a default (BITQL_IMAGE).',
  isFinal: true,
};

function noNode(name: string): Obstacle {
  return {
    condition: 'NodeReady',
    reason: 'NodeNotFound',
    message: `There is no BitcoinNode ${name} in this namespace: create it, or name another one in nodeRef.`,
    isFinal: true,
  };
}

function badNode(name: string, problem: string): Obstacle {
  const message = `BitcoinNode ${name}: ${problem}`;
  return { condition: 'NodeReady', reason: 'BadAddress', message, isFinal: true };
}

/** The URI is in a Secret that the node's own reconciler maintains. */
async function readNodeUri(cluster: KnownCluster, { metadata, spec }: BitcoinIndex): Promise<OrObstacle<string>> {
  const node = spec.nodeRef.name;
  const { rpc } = nodeNames(node);
  const uri = secretText(await cluster.read<SecretObject>(SECRET, metadata.namespace, rpc), 'uri');
  if (uri !== undefined) return uri;
  const message = `There is no Secret ${rpc} with the \`uri\` of the node yet: look at the conditions of BitcoinNode ${node}.`;
  return { condition: 'NodeReady', reason: 'SecretNotFound', message, isFinal: false };
}

type Store = Pick<IndexInputs, 'storeUri' | 'database'>;

async function readStore(cluster: KnownCluster, index: BitcoinIndex): Promise<OrObstacle<Store>> {
  const { secretRef } = index.spec.store;
  if (secretRef === undefined) {
    const database = await readDatabase(cluster, index);
    return { storeUri: databaseUri(index, database.password), database };
  }
  const { name, key } = secretRef;
  const obstacle = (reason: string, message: string): Obstacle => ({
    condition: 'StoreReady',
    reason,
    message,
    isFinal: true,
  });
  const secret = await cluster.read<SecretObject>(SECRET, index.metadata.namespace, name);
  if (secret === null) {
    return obstacle(
      'SecretNotFound',
      `There is no Secret ${name}: create it, with the URI of the database under ${key}.`,
    );
  }
  const uri = secretText(secret, key);
  if (uri === undefined)
    return obstacle('KeyNotFound', `Secret ${name} has nothing under ${key}: put the URI of the database there.`);
  if (/^mongodb(\+srv)?:\/\/[^/]+/i.test(uri)) return { storeUri: uri, database: null };
  return obstacle(
    'NoMongoDB',
    `The value of ${key} in Secret ${name} must have the form mongodb://USER:PASSWORD@HOST/NAME.`,
  );
}

/** An index keeps its image when the operator is upgraded. */
async function readImage(cluster: KnownCluster, index: BitcoinIndex, usual: string | null): Promise<string | null> {
  const { metadata, spec } = index;
  if (spec.image !== undefined) return spec.image;
  const deployment = { namespace: metadata.namespace, name: partName(index, 'indexer') };
  return (await readMadeWith(cluster, DEPLOYMENT, deployment)).image ?? usual;
}

async function readDatabase(cluster: KnownCluster, index: BitcoinIndex): Promise<DatabaseState> {
  const { namespace } = index.metadata;
  const name = partName(index, 'mongodb');
  const [secret, madeWith] = await Promise.all([
    cluster.read<SecretObject>(SECRET, namespace, name),
    readMadeWith(cluster, STATEFUL_SET, { namespace, name }),
  ]);
  return {
    password: secretText(secret, DATABASE_KEYS.password) ?? randomBytes(24).toString('hex'),
    keyfile: secretText(secret, DATABASE_KEYS.keyfile) ?? randomBytes(384).toString('base64'),
    ...madeWith,
  };
}

async function readSalt(cluster: KnownCluster, index: BitcoinIndex): Promise<string> {
  const secret = await cluster.read<SecretObject>(SECRET, index.metadata.namespace, partName(index, 'checksum'));
  return secretText(secret, SALT_KEY) ?? randomBytes(16).toString('hex');
}

interface ConfigMapObject extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

async function readFile(
  cluster: KnownCluster,
  namespace: string,
  reference: { readonly name: string; readonly key: string } | undefined,
): Promise<OrObstacle<MountedFile | null>> {
  if (reference === undefined) return null;
  const { name, key } = reference;
  const map = await cluster.read<ConfigMapObject>(CONFIG_MAP, namespace, name);
  const text = map?.data?.[key];
  if (text !== undefined) return { configMap: name, key, text };
  const message =
    map === null
      ? `There is no ConfigMap ${name}: create it, with a file ${key}.`
      : `ConfigMap ${name} has nothing under ${key}.`;
  return {
    condition: 'Reconciled',
    reason: map === null ? 'ConfigMapNotFound' : 'KeyNotFound',
    message,
    isFinal: true,
  };
}
