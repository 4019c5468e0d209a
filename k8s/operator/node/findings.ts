import { currencyOfClient } from '../../../src/rpc/answers.ts';
import type { BitcoinNodeCondition, BitcoinNodeSpec } from '../../api/bitcoin-node.ts';
import type { Finding } from '../../api/conditions.ts';
import type { BitcoinNode } from '../../api/kinds.ts';
import { finding } from '../runtime/status.ts';
import { quantityValue } from '../runtime/workloads.ts';
import type { NodeChildren } from './apply.ts';
import { DIALECTS, networkDialect } from './dialects.ts';
import type { NodeAnswers, NodeObservation } from './observe.ts';

/** From this percentage on, a volume counts as nearly full. */
const PRESSURE_PERCENT = 90;
/** With an older newest block, the chain is still being downloaded; the same as bitcoind's -maxtipage. */
const MAX_TIP_AGE_SECONDS = 86_400;

/** Everything that the status of a node depends on. */
export interface NodeSituation {
  readonly node: BitcoinNode;
  readonly children: NodeChildren;
  /** Null if the node was not asked: it is stopped, or its password is not known. */
  readonly observation: NodeObservation | null;
  /** Milliseconds since 1970. */
  readonly now: number;
}

type NodeFinding = Finding & { readonly type: BitcoinNodeCondition };

/** The conditions of a node. Numbers that change all the time are in other fields of the status. */
export function nodeFindings(situation: NodeSituation): NodeFinding[] {
  const parts = [
    reconciled(situation),
    available(situation),
    rpcReachable(situation),
    synced(situation),
    chainSplit(situation),
    tipStale(situation),
    storagePressure(situation),
    allKindsServed(situation),
    reconciling(situation),
    stalled(situation),
  ];
  return [ready(situation, parts), ...parts];
}

/** How much of its volume the blocks of a node use, in percent; undefined if not known. */
export function usedPercent({ children, observation }: NodeSituation): number | undefined {
  const size = observation?.answers?.chain.sizeOnDisk ?? null;
  if (size === null || children.volumeCapacity === null) return undefined;
  return Math.min(100, Math.round((100 * Number(size)) / quantityValue(children.volumeCapacity)));
}

/** Whether it is still downloading the chain. A regtest chain with rare blocks cannot be downloaded from anywhere. */
export function isDownloading({ node, now }: NodeSituation, { chain, bestBlockTime }: NodeAnswers): boolean {
  if (node.spec.network === 'Regtest') return false;
  return chain.initialBlockDownload ?? now / 1_000 - bestBlockTime > MAX_TIP_AGE_SECONDS;
}

function isStopped({ node }: NodeSituation): boolean {
  return node.spec.external === undefined && node.spec.desiredState === 'Stopped';
}

/** The first reason why it cannot be used, in the order in which one would fix them. */
function ready(situation: NodeSituation, findings: readonly NodeFinding[]): NodeFinding {
  if (isStopped(situation))
    return finding('Ready', 'False', 'Stopped', 'It is stopped, as spec.desiredState asks for.');
  const needed: readonly BitcoinNodeCondition[] = ['Reconciled', 'Available', 'RPCReachable', 'Synced'];
  const missing = needed.flatMap(
    (type) => findings.find((finding) => finding.type === type && finding.status !== 'True') ?? [],
  );
  if (missing[0] !== undefined) return { ...missing[0], type: 'Ready', status: 'False' };
  const answers = situation.observation?.answers ?? null;
  const foreign = answers && foreignChain(situation.node.spec, answers);
  if (foreign !== null) return finding('Ready', 'False', 'WrongChain', foreign);
  const { minPeers } = situation.node.spec.sync;
  const { inbound, outbound } = answers!.peers;
  if (inbound + outbound < minPeers) {
    return finding('Ready', 'False', 'TooFewPeers', `It has fewer peers than ${minPeers} (spec.sync.minPeers).`);
  }
  return finding('Ready', 'True', 'Ready', 'The node can be used.');
}

function reconciled({ children: { obstacle } }: NodeSituation): NodeFinding {
  if (obstacle !== null) return finding('Reconciled', 'False', obstacle.reason, obstacle.message);
  return finding('Reconciled', 'True', 'Applied', 'The objects in the cluster are as the spec asks for.');
}

function available(situation: NodeSituation): NodeFinding {
  if (situation.node.spec.external !== undefined) return { ...rpcReachable(situation), type: 'Available' };
  if (isStopped(situation))
    return finding('Available', 'False', 'Stopped', 'It is stopped, as spec.desiredState asks for.');
  const { pod } = situation.children;
  if (pod === null) return finding('Available', 'Unknown', 'NoPod', 'It has no Pod.');
  if (pod.isReady) return finding('Available', 'True', 'PodReady', 'Its Pod is ready.');
  return finding('Available', 'False', 'PodNotReady', 'Its Pod is not ready: kubectl describe pod shows why.');
}

function rpcReachable(situation: NodeSituation): NodeFinding {
  const { observation } = situation;
  if (isStopped(situation))
    return finding('RPCReachable', 'False', 'Stopped', 'It is stopped, as spec.desiredState asks for.');
  if (observation === null) return finding('RPCReachable', 'Unknown', 'NotAsked', 'There is no password for its RPC.');
  if (observation.silence === null) return finding('RPCReachable', 'True', 'Answers', 'It answers.');
  return finding('RPCReachable', 'False', observation.silence.reason, observation.silence.message);
}

function synced(situation: NodeSituation): NodeFinding {
  const answers = situation.observation?.answers;
  if (!answers) return finding('Synced', 'Unknown', 'NotAnswering', 'The node does not answer.');
  const { blocks, headers } = answers.chain;
  const { lagTolerance } = situation.node.spec.sync;
  if (isDownloading(situation, answers)) {
    return headers <= blocks
      ? finding('Synced', 'False', 'HeadersSync', 'It is downloading the headers of the chain.')
      : finding('Synced', 'False', 'InitialBlockDownload', 'It is downloading the blocks of the chain.');
  }
  if (headers - blocks > lagTolerance) {
    return finding(
      'Synced',
      'False',
      'CatchingUp',
      `It is more than ${lagTolerance} blocks behind (spec.sync.lagTolerance).`,
    );
  }
  return finding('Synced', 'True', 'AtTip', 'It has every block whose header it knows.');
}

function chainSplit({ observation }: NodeSituation): NodeFinding {
  const answers = observation?.answers;
  if (!answers) return finding('ChainSplit', 'Unknown', 'NotAnswering', 'The node does not answer.');
  const unheard = answers.unheard.map(({ name, why }) => ` No comparison with ${name} was possible: ${why}`).join('');
  const { split } = answers;
  if (split === null)
    return finding('ChainSplit', 'False', 'NoRival', `No other node is known to follow a different chain.${unheard}`);
  const names = split.witnesses.map(({ name }) => name).join(', ');
  const message = `Another chain separated from it after block ${split.forkHeight}, according to ${names}.${unheard}`;
  return finding('ChainSplit', 'True', split.reason, message);
}

function tipStale(situation: NodeSituation): NodeFinding {
  const answers = situation.observation?.answers;
  if (!answers) return finding('TipStale', 'Unknown', 'NotAnswering', 'The node does not answer.');
  // While a node downloads the chain, its newest block is always old.
  if (isDownloading(situation, answers))
    return finding('TipStale', 'Unknown', 'Syncing', 'It is downloading the chain.');
  const { tipStaleAfterSeconds } = situation.node.spec.sync;
  const isStale = situation.now / 1_000 - answers.bestBlockTime > tipStaleAfterSeconds;
  return isStale
    ? finding('TipStale', 'True', 'NoNewBlock', `Its newest block is older than ${tipStaleAfterSeconds} s.`)
    : finding('TipStale', 'False', 'Fresh', `Its newest block is not older than ${tipStaleAfterSeconds} s.`);
}

function storagePressure(situation: NodeSituation): NodeFinding {
  const percent = usedPercent(situation);
  if (percent === undefined) {
    return finding('StoragePressure', 'Unknown', 'NotKnown', 'The size or the usage of its volume is not known.');
  }
  return percent >= PRESSURE_PERCENT
    ? finding('StoragePressure', 'True', 'NearlyFull', `Blocks use ${PRESSURE_PERCENT} % of its volume or more.`)
    : finding('StoragePressure', 'False', 'EnoughSpace', `Blocks use less than ${PRESSURE_PERCENT} % of its volume.`);
}

function allKindsServed({ children: { notServed } }: NodeSituation): NodeFinding {
  if (notServed.length === 0) return finding('AllKindsServed', 'True', 'AllServed', 'The cluster serves every kind.');
  const message = `The cluster does not serve ${notServed.join(', ')}: the node runs without it.`;
  return finding('AllKindsServed', 'False', 'NotServed', message);
}

/** It concerns only the objects in the cluster: syncing takes days. */
function reconciling(situation: NodeSituation): NodeFinding {
  const { pod, obstacle } = situation.children;
  if (obstacle !== null || pod === null || isStopped(situation)) {
    return finding('Reconciling', 'False', 'Idle', 'No change is in progress.');
  }
  if (!pod.isCurrent) return finding('Reconciling', 'True', 'Updating', 'Its Pod is being replaced by a new one.');
  if (!pod.isReady) return finding('Reconciling', 'True', 'Starting', 'Its Pod is not ready yet.');
  return finding('Reconciling', 'False', 'Idle', 'No change is in progress.');
}

function stalled({ node, children: { obstacle }, observation }: NodeSituation): NodeFinding {
  if (obstacle !== null) return finding('Stalled', 'True', obstacle.reason, obstacle.message);
  const foreign = observation?.answers ? foreignChain(node.spec, observation.answers) : null;
  if (foreign !== null) return finding('Stalled', 'True', 'WrongChain', foreign);
  return finding('Stalled', 'False', 'NoObstacle', 'Nothing prevents progress.');
}

/**
 * The mistake if a node follows another chain than the spec says; null for none. The three coins use the same chain names and the
 * same first block; the user agent tells them apart.
 */
function foreignChain(spec: BitcoinNodeSpec, { chain, network }: NodeAnswers): string | null {
  const wanted = networkDialect(spec.implementation, spec.network).chain;
  if (chain.name !== wanted) {
    return `The spec says ${spec.network}, but the node follows "${chain.name}": use a node of that network, or create another BitcoinNode.`;
  }
  const currency = currencyOfClient(network.userAgent);
  // Other software for the same coin is fine, and unknown software is trusted to be what the spec says.
  if (currency === null || currency === DIALECTS[spec.implementation].currency) return null;
  return `The spec says ${spec.implementation}, but the node reports the user agent ${network.userAgent}, which belongs to another coin.`;
}
