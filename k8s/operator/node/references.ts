import { parseHash } from '../../../src/rpc/answer-fields.ts';
import { isCatchingUp, parseChainInfo } from '../../../src/rpc/answers.ts';
import type { Rpc } from '../../../src/rpc/rpc.ts';
import type { BitcoinNode } from '../../api/kinds.ts';
import type { KnownCluster } from '../runtime/cluster.ts';
import { isObstacle } from '../runtime/obstacle.ts';
import { CallsDeadline } from '../runtime/outside-calls.ts';
import type { Outside } from '../runtime/reconciler.ts';
import { comparedHeight, type Disagreement } from './chain-split.ts';
import { rpcAt } from './connection.ts';
import { readGivenLogin } from './inputs.ts';
import { badAddress, NODE, nodeNames, nodeUrl } from './names.ts';
import { type AskNode, askWithin, outOfTime, silenceOf } from './silence.ts';

/** Another node whose chain is compared. */
export interface Reference {
  readonly name: string;
  /** Null if it cannot be called. */
  readonly rpc: Rpc | null;
  readonly url: string;
  /** URL and login as one string, by which equal references are recognised. */
  readonly address: string;
  /** Why it cannot be called. */
  readonly problem: string;
}

/** The result of a comparison: the reference agrees (null), disagrees, or could not be compared with. */
export type ReferenceComparison = Disagreement | Unheard | null;

interface Unheard {
  readonly name: string;
  readonly why: string;
  /** Whether it did not answer in time. */
  readonly isSilent: boolean;
}

/** The timeout of a call to a reference. */
const CALL_MS = 5_000;
/** The time limit of all calls to a reference: finding a fork takes dozens of calls. */
const TIMEOUT_MS = 5_000;
const FOREIGN = 'It follows another chain: even its first block is different.';

interface Ours {
  readonly ask: AskNode;
  readonly height: number;
}

/** How a reference is called. */
interface ReferenceContext {
  readonly outside: Outside;
  /** Ends the calls. */
  readonly signal: AbortSignal;
}

/** Compares two chains. If they change in the meantime, the next comparison corrects the result. */
export async function compareWith(
  { ask: askUs, height: ourHeight }: Ours,
  reference: Reference,
  splitDepth: number,
  { outside, signal }: ReferenceContext,
): Promise<ReferenceComparison> {
  const { name, rpc } = reference;
  if (rpc === null) return { name, why: reference.problem, isSilent: false };
  const late = () => outOfTime(`It did not answer all calls within ${TIMEOUT_MS / 1_000} s.`);
  using deadline = new CallsDeadline(TIMEOUT_MS, late, signal);
  try {
    const askThem = askWithin(rpc, deadline, outside);
    const chain = parseChainInfo(await askThem('getblockchaininfo'));
    if (isCatchingUp(chain)) return { name, why: 'It is still syncing.', isSilent: false };
    const height = comparedHeight(ourHeight, chain.blocks, splitDepth);
    const theirs = await blockAt(askThem, height);
    if (theirs === (await blockAt(askUs, height))) return null;
    const forkHeight = await forkBelow(askUs, askThem, height);
    if (forkHeight === null) return { name, why: FOREIGN, isSilent: false };
    const tip = { height: chain.blocks, hash: chain.bestBlockHash };
    return { name, tip, height, hash: theirs, forkHeight };
  } catch (error) {
    const { reason, message } = silenceOf(error);
    return { name, why: message, isSilent: reason === 'Timeout' };
  }
}

/**
 * The newest common block below a height; null if even the first block differs. The search starts near the height, doubles its
 * distance each time, then bisects.
 */
async function forkBelow(ours: AskNode, theirs: AskNode, height: number): Promise<number | null> {
  const isShared = async (at: number) => (await blockAt(ours, at)) === (await blockAt(theirs, at));
  let differing = height;
  let shared = Math.max(0, height - 1);
  for (let step = 2; !(await isShared(shared)); step *= 2) {
    if (shared === 0) return null;
    differing = shared;
    shared = Math.max(0, shared - step);
  }
  while (differing - shared > 1) {
    const middle = Math.floor((shared + differing) / 2);
    if (await isShared(middle)) shared = middle;
    else differing = middle;
  }
  return shared;
}

async function blockAt(ask: AskNode, height: number): Promise<string> {
  return parseHash(await ask('getblockhash', height));
}

type NamedReference = BitcoinNode['spec']['sync']['references'][number];

/** The references of a node. */
export function findReferences(cluster: KnownCluster, { metadata, spec }: BitcoinNode): Promise<Reference[]> {
  return Promise.all(spec.sync.references.map((named) => findReference(cluster, metadata.namespace, named)));
}

async function findReference(cluster: KnownCluster, namespace: string, named: NamedReference): Promise<Reference> {
  const unusable = (problem: string): Reference => ({ name: named.name, rpc: null, url: '', address: '', problem });
  const address = await addressOf(cluster, namespace, named);
  if (address === null) return unusable(`There is no BitcoinNode ${named.nodeRef?.name}.`);
  const problem = badAddress(address.url);
  if (problem !== null) return unusable(problem);
  const login = await readGivenLogin(cluster, { namespace, name: address.secret });
  if (isObstacle(login)) return unusable(login.message);
  const { username, password } = login;
  const known = JSON.stringify([address.url, username, password]);
  const { url } = address;
  return { name: named.name, rpc: rpcAt(url, login, CALL_MS), url, address: known, problem: '' };
}

async function addressOf(
  cluster: KnownCluster,
  namespace: string,
  { nodeRef, url, secretRef }: NamedReference,
): Promise<{ readonly url: string; readonly secret: string } | null> {
  if (nodeRef === undefined) return { url: url!, secret: secretRef!.name };
  const node = await cluster.read<BitcoinNode>(NODE, namespace, nodeRef.name);
  return node && { url: nodeUrl(node), secret: nodeNames(nodeRef.name).rpc };
}
