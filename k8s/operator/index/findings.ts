import type { BitcoinIndexCondition } from '../../api/bitcoin-index.ts';
import type { Condition, Finding } from '../../api/conditions.ts';
import type { BitcoinIndex, BitcoinNode } from '../../api/kinds.ts';
import { GATEWAY_SILENT, GatewaySilent } from './gateway-status.ts';
import type { Lack } from './gather.ts';
import { heightsOf } from './heights.ts';
import { patchReleaseOf } from './mongodb/patch-release.ts';
import type { Observation, Workload } from './observe.ts';

/** All that the conditions of an index are made of. */
export interface Situation {
  readonly lacks: readonly Lack[];
  /** Kinds that the cluster has not. */
  readonly notServed: readonly string[];
  /** Kinds of which the cluster does not say whether it has them. */
  readonly notKnown: readonly string[];
  /** Why the cluster did not take what is desired; null where it did. */
  readonly failure: { readonly message: string; readonly isFinal: boolean } | null;
  readonly observation: Observation;
}

type Of<Type extends BitcoinIndexCondition> = Finding & { readonly type: Type };

/** What is true of an index. */
export function findingsOf(index: BitcoinIndex, situation: Situation): Finding[] {
  const { observation } = situation;
  const isStopped = index.spec.desiredState === 'Stopped';
  const available = isStopped
    ? [stopped('IndexerAvailable'), stopped('GatewayAvailable')]
    : [indexerAvailable(observation), gatewayAvailable(observation)];
  const needed = [reconciled(situation), storeReady(situation, isStopped), ...available];
  return [
    ready(needed, situation, isStopped),
    ...needed,
    storePatched(index, situation),
    nodeReady(situation),
    synced(index, situation),
    allKindsServed(situation),
    reconciling(situation, isStopped),
    stalled(situation),
  ];
}

function finding<Type extends BitcoinIndexCondition>(
  type: Type,
  status: Finding['status'],
  reason: string,
  message: string,
): Of<Type> {
  return { type, status, reason, message };
}

function stopped<Type extends BitcoinIndexCondition>(type: Type): Of<Type> {
  return finding(type, 'False', 'Stopped', 'It is stopped, as desiredState says.');
}

/** The API answers, and nothing is wanting of what it needs. */
function ready(needed: readonly Finding[], { observation, lacks }: Situation, isStopped: boolean): Finding {
  if (isStopped) return stopped('Ready');
  const [lack] = lacks;
  if (lack !== undefined) return finding('Ready', 'False', lack.reason, lack.message);
  const wanting = needed.find(({ status }) => status !== 'True');
  if (wanting !== undefined) return finding('Ready', 'False', wanting.reason, wanting.message);
  if (heightsOf(observation).height === null) {
    return finding('Ready', 'False', 'NothingIndexed', 'No block is indexed yet.');
  }
  return finding('Ready', 'True', 'Answering', 'The API answers.');
}

function reconciled({ lacks, failure }: Situation): Finding {
  const [lack] = lacks;
  if (lack !== undefined) return finding('Reconciled', 'False', lack.reason, lack.message);
  if (failure !== null) return finding('Reconciled', 'False', reasonOf(failure), failure.message);
  return finding('Reconciled', 'True', 'Applied', 'The cluster holds what the spec asks for.');
}

function reasonOf({ isFinal }: NonNullable<Situation['failure']>): string {
  return isFinal ? 'Refused' : 'Failed';
}

function nodeReady({ observation: { node }, lacks }: Situation): Finding {
  const lack = lacks.find(({ about }) => about === 'node');
  if (lack !== undefined) return finding('NodeReady', 'False', lack.reason, lack.message);
  const reachable = node === null ? undefined : conditionOf(node, 'RPCReachable');
  if (reachable === undefined)
    return finding('NodeReady', 'Unknown', 'NotObserved', 'Nothing is known of the node yet.');
  return finding('NodeReady', reachable.status, reachable.reason, reachable.message);
}

export function conditionOf({ status }: BitcoinNode, type: string): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

function storeReady({ observation, lacks }: Situation, isStopped: boolean): Finding {
  const lack = lacks.find(({ about }) => about === 'store');
  if (lack !== undefined) return finding('StoreReady', 'False', lack.reason, lack.message);
  const { api, mongodb } = observation;
  if (mongodb !== null && isStopped) return stopped('StoreReady');
  if (mongodb !== null && mongodb.ready <= mongodb.wanted / 2) {
    const message = `${mongodb.ready} of ${mongodb.wanted} members of the replica set are ready.`;
    return finding('StoreReady', 'False', 'MembersMissing', message);
  }
  if (api instanceof GatewaySilent) return finding('StoreReady', 'Unknown', GATEWAY_SILENT, api.message);
  if (api.storeProblem === null) return finding('StoreReady', 'True', 'Reachable', 'The database answers.');
  return finding('StoreReady', 'False', camelCase(api.storeProblem.reason), api.storeProblem.message);
}

function storePatched({ spec }: BitcoinIndex, { observation: { mongodb } }: Situation): Finding {
  if (spec.store.managed === undefined)
    return finding('StorePatched', 'Unknown', 'NotManaged', 'Somebody else runs the database.');
  if (mongodb === null) return finding('StorePatched', 'Unknown', 'NotObserved', 'There is no database yet.');
  return { type: 'StorePatched', ...patchReleaseOf(mongodb.image) };
}

/** `StoreUnavailable` for STORE_UNAVAILABLE. */
function camelCase(code: string): string {
  return code.toLowerCase().replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function indexerAvailable({ indexer }: Observation): Finding {
  if ((indexer?.ready ?? 0) > 0)
    return finding('IndexerAvailable', 'True', 'PodReady', 'A Pod of the indexer is ready.');
  return finding('IndexerAvailable', 'False', 'NoPodReady', 'No Pod of the indexer is ready: see its Deployment.');
}

function gatewayAvailable({ gateway }: Observation): Finding {
  const { ready: count, wanted } = gateway ?? { ready: 0, wanted: 0 };
  const message = `${count} of ${wanted} gateways are ready.`;
  if (count === 0) return finding('GatewayAvailable', 'False', 'NoPodReady', message);
  return count < wanted
    ? finding('GatewayAvailable', 'False', 'PodsMissing', message)
    : finding('GatewayAvailable', 'True', 'PodsReady', message);
}

function synced(index: BitcoinIndex, { observation }: Situation): Finding {
  const { api, node } = observation;
  if (api instanceof GatewaySilent) return finding('Synced', 'Unknown', GATEWAY_SILENT, api.message);
  const { height, nodeHeight, lag } = heightsOf(observation);
  if (height === null) return finding('Synced', 'False', 'NothingIndexed', 'No block is indexed yet.');
  if (nodeHeight === null || lag === null)
    return finding('Synced', 'Unknown', 'NodeUnknown', 'The node was not reached yet.');
  if (lag > index.spec.indexer.lagTolerance)
    return finding('Synced', 'False', 'CatchingUp', 'The index lacks blocks that the node has.');
  const nodeSynced = node === null ? undefined : conditionOf(node, 'Synced');
  if (nodeSynced?.status === 'False') return finding('Synced', 'False', 'NodeNotSynced', nodeSynced.message);
  return finding('Synced', 'True', 'AtTip', 'The index reaches as far as the node.');
}

function allKindsServed({ notServed, notKnown }: Situation): Finding {
  if (notServed.length > 0)
    return finding('AllKindsServed', 'False', 'NotServed', `The cluster does not serve ${notServed.join(', ')}.`);
  if (notKnown.length === 0) return finding('AllKindsServed', 'True', 'Served', 'The cluster serves all kinds.');
  const message = `The cluster does not say whether it serves ${notKnown.join(', ')}: what there is of it stays as it is.`;
  return finding('AllKindsServed', 'Unknown', 'NotKnown', message);
}

function reconciling({ observation, lacks, failure }: Situation, isStopped: boolean): Finding {
  const temporary = lacks.find(({ isFinal }) => !isFinal);
  if (temporary !== undefined) return finding('Reconciling', 'True', temporary.reason, temporary.message);
  if (lacks.length > 0 || failure?.isFinal === true) {
    return finding('Reconciling', 'False', 'Stalled', 'Nothing can be done until somebody changes something.');
  }
  if (failure !== null) return finding('Reconciling', 'True', reasonOf(failure), failure.message);
  const { indexer, gateway, mongodb } = observation;
  const parts = { indexer, gateway, ...(mongodb !== null && { mongodb }) };
  const late = Object.entries(parts).filter(([, workload]) => !isSettled(workload, isStopped));
  if (late.length === 0) return finding('Reconciling', 'False', 'Done', 'All Pods are as the spec asks for.');
  return finding(
    'Reconciling',
    'True',
    'Progressing',
    `Pods are on their way: ${late.map(([name]) => name).join(', ')}.`,
  );
}

function isSettled(workload: Workload | null, isStopped: boolean): boolean {
  if (workload === null || !workload.isCurrent) return false;
  return isStopped ? workload.replicas === 0 : workload.ready === workload.wanted;
}

function stalled({ lacks, failure }: Situation): Finding {
  const lack = lacks.find(({ isFinal }) => isFinal);
  if (lack !== undefined) return finding('Stalled', 'True', lack.reason, lack.message);
  if (failure?.isFinal === true) return finding('Stalled', 'True', 'Refused', failure.message);
  return finding('Stalled', 'False', 'NotStalled', 'Nothing stands in the way.');
}
