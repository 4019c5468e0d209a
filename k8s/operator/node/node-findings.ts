import type { BitcoinNodeCondition } from '../../api/bitcoin-node.ts';
import type { ConditionStatus, Finding } from '../../api/conditions.ts';
import { foreignChain } from './foreign-chain.ts';
import type { NodeSituation } from './node-situation.ts';
import type { NodeAnswers } from './observation.ts';
import { quantityValue } from './quantity.ts';

/** From here on a volume is nearly full. */
const PRESSURE_PERCENT = 90;
/** An older newest block means that the chain is still being fetched, as bitcoind's own -maxtipage has it. */
const MAX_TIP_AGE_SECONDS = 86_400;

type NodeFinding = Finding & { readonly type: BitcoinNodeCondition };

const found = (type: BitcoinNodeCondition, status: ConditionStatus, reason: string, message: string): NodeFinding => ({
  type,
  status,
  reason,
  message,
});

/** What is true of a node now. Numbers that change all the time are left to other fields of the status. */
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

/** How much of its volume the blocks of a node take; undefined where that is not known. */
export function usedPercent({ children, observation }: NodeSituation): number | undefined {
  const size = observation?.answers?.chain.sizeOnDisk ?? null;
  if (size === null || children.volumeCapacity === null) return undefined;
  return Math.min(100, Math.round((100 * Number(size)) / quantityValue(children.volumeCapacity)));
}

/** Whether it is still fetching the chain. A chain of its own, which is mined now and then, has nowhere to fetch it. */
export function isDownloading({ node, now }: NodeSituation, { chain, bestBlockTime }: NodeAnswers): boolean {
  if (node.spec.network === 'Regtest') return false;
  return chain.initialBlockDownload ?? now / 1_000 - bestBlockTime > MAX_TIP_AGE_SECONDS;
}

function isStopped({ node }: NodeSituation): boolean {
  return node.spec.external === undefined && node.spec.desiredState === 'Stopped';
}

/** What keeps it from being used, in the order in which it would be mended. */
function ready(situation: NodeSituation, findings: readonly NodeFinding[]): NodeFinding {
  if (isStopped(situation)) return found('Ready', 'False', 'Stopped', 'The spec wants it stopped.');
  const needed: readonly BitcoinNodeCondition[] = ['Reconciled', 'Available', 'RPCReachable', 'Synced'];
  const missing = needed.flatMap(
    (type) => findings.find((finding) => finding.type === type && finding.status !== 'True') ?? [],
  );
  if (missing[0] !== undefined) return { ...missing[0], type: 'Ready', status: 'False' };
  const answers = situation.observation?.answers ?? null;
  const foreign = answers && foreignChain(situation.node.spec, answers);
  if (foreign !== null) return found('Ready', 'False', 'WrongChain', foreign);
  const { minPeers } = situation.node.spec.sync;
  const { inbound, outbound } = answers!.peers;
  if (inbound + outbound < minPeers) {
    return found('Ready', 'False', 'TooFewPeers', `It has fewer peers than ${minPeers} (spec.sync.minPeers).`);
  }
  return found('Ready', 'True', 'Ready', 'It can be used.');
}

function reconciled({ children: { obstacle } }: NodeSituation): NodeFinding {
  if (obstacle !== null) return found('Reconciled', 'False', obstacle.reason, obstacle.message);
  return found('Reconciled', 'True', 'Applied', 'The cluster holds what the spec asks for.');
}

function available(situation: NodeSituation): NodeFinding {
  if (situation.node.spec.external !== undefined) return { ...rpcReachable(situation), type: 'Available' };
  if (isStopped(situation)) return found('Available', 'False', 'Stopped', 'The spec wants it stopped.');
  const { workload } = situation.children;
  if (workload === null) return found('Available', 'Unknown', 'NoPod', 'There is nothing that runs it.');
  if (workload.isReady) return found('Available', 'True', 'PodReady', 'Its Pod is ready.');
  return found('Available', 'False', 'PodNotReady', 'Its Pod is not ready: kubectl describe pod tells why.');
}

function rpcReachable(situation: NodeSituation): NodeFinding {
  const { observation } = situation;
  if (isStopped(situation)) return found('RPCReachable', 'False', 'Stopped', 'The spec wants it stopped.');
  if (observation === null) return found('RPCReachable', 'Unknown', 'NotAsked', 'There is no password to ask it with.');
  if (observation.silence === null) return found('RPCReachable', 'True', 'Answers', 'It answers.');
  return found('RPCReachable', 'False', observation.silence.reason, observation.silence.message);
}

function synced(situation: NodeSituation): NodeFinding {
  const answers = situation.observation?.answers;
  if (!answers) return found('Synced', 'Unknown', 'NotAnswering', 'It does not say.');
  const { blocks, headers } = answers.chain;
  const { lagTolerance } = situation.node.spec.sync;
  if (isDownloading(situation, answers)) {
    return headers <= blocks
      ? found('Synced', 'False', 'HeadersSync', 'It is fetching the headers of the chain.')
      : found('Synced', 'False', 'InitialBlockDownload', 'It is fetching the blocks of the chain.');
  }
  if (headers - blocks > lagTolerance) {
    return found(
      'Synced',
      'False',
      'CatchingUp',
      `It lacks more than ${lagTolerance} blocks (spec.sync.lagTolerance).`,
    );
  }
  return found('Synced', 'True', 'AtTip', 'It has every block that it knows of.');
}

function chainSplit({ observation }: NodeSituation): NodeFinding {
  const answers = observation?.answers;
  if (!answers) return found('ChainSplit', 'Unknown', 'NotAnswering', 'It does not say.');
  const unheard = answers.unheard.map(({ name, why }) => ` ${name} could not be compared with: ${why}`).join('');
  const { split } = answers;
  if (split === null)
    return found('ChainSplit', 'False', 'NoRival', `Nobody is known to follow another chain.${unheard}`);
  const names = split.witnesses.map(({ name }) => name).join(', ');
  const message = `Another chain has parted from it behind block ${split.forkHeight}, by the word of ${names}.${unheard}`;
  return found('ChainSplit', 'True', split.reason, message);
}

function tipStale(situation: NodeSituation): NodeFinding {
  const answers = situation.observation?.answers;
  if (!answers) return found('TipStale', 'Unknown', 'NotAnswering', 'It does not say.');
  // Of a node that is fetching the chain, the newest block is always old.
  if (isDownloading(situation, answers)) return found('TipStale', 'Unknown', 'Syncing', 'It is fetching the chain.');
  const { tipStaleAfterSeconds } = situation.node.spec.sync;
  const isStale = situation.now / 1_000 - answers.bestBlockTime > tipStaleAfterSeconds;
  return isStale
    ? found('TipStale', 'True', 'NoNewBlock', `Its newest block is older than ${tipStaleAfterSeconds} s.`)
    : found('TipStale', 'False', 'Fresh', `Its newest block is not older than ${tipStaleAfterSeconds} s.`);
}

function storagePressure(situation: NodeSituation): NodeFinding {
  const percent = usedPercent(situation);
  if (percent === undefined) {
    return found('StoragePressure', 'Unknown', 'NotKnown', 'Nothing is known of its volume, or of how much it holds.');
  }
  return percent >= PRESSURE_PERCENT
    ? found('StoragePressure', 'True', 'NearlyFull', `Blocks take ${PRESSURE_PERCENT} % of its volume, or more.`)
    : found('StoragePressure', 'False', 'EnoughSpace', `Blocks take less than ${PRESSURE_PERCENT} % of its volume.`);
}

function allKindsServed({ children: { notServed } }: NodeSituation): NodeFinding {
  if (notServed.length === 0) return found('AllKindsServed', 'True', 'AllServed', 'The cluster serves every kind.');
  const message = `The cluster does not serve ${notServed.join(', ')}: the node runs without.`;
  return found('AllKindsServed', 'False', 'NotServed', message);
}

/** Syncing takes days and is no matter of the cluster: this is about its objects alone. */
function reconciling(situation: NodeSituation): NodeFinding {
  const { workload, obstacle } = situation.children;
  if (obstacle !== null || workload === null || isStopped(situation)) {
    return found('Reconciling', 'False', 'Idle', 'Nothing is under way.');
  }
  if (!workload.isCurrent) return found('Reconciling', 'True', 'Updating', 'Its Pod is being replaced by a new one.');
  if (!workload.isReady) return found('Reconciling', 'True', 'Starting', 'Its Pod is not ready yet.');
  return found('Reconciling', 'False', 'Idle', 'Nothing is under way.');
}

function stalled({ node, children: { obstacle }, observation }: NodeSituation): NodeFinding {
  if (obstacle !== null) return found('Stalled', 'True', obstacle.reason, obstacle.message);
  const foreign = observation?.answers ? foreignChain(node.spec, observation.answers) : null;
  if (foreign !== null) return found('Stalled', 'True', 'WrongChain', foreign);
  return found('Stalled', 'False', 'NoObstacle', 'Nothing stands in the way.');
}
