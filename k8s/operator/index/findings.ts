import type { BitcoinIndexCondition } from '../../api/bitcoin-index.ts';
import type { Finding } from '../../api/conditions.ts';
import type { BitcoinIndex } from '../../api/kinds.ts';
import { LOOKED_AT, MONGODB_IMAGE } from '../images.ts';
import type { Obstacle } from '../runtime/obstacle.ts';
import { conditionOf, finding } from '../runtime/status.ts';
import type { AppliedIndex } from './apply.ts';
import { heightsOf, type IndexObservation, type Workload } from './observe.ts';
import { GATEWAY_SILENT, GatewaySilent } from './poll.ts';

/** Everything that the conditions of an index depend on. */
interface IndexSituation extends Pick<AppliedIndex, 'obstacles' | 'notServed' | 'notKnown'> {
  readonly observation: IndexObservation;
}

/** The conditions of an index. */
export function indexFindings(index: BitcoinIndex, situation: IndexSituation): Finding[] {
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

function stopped(type: BitcoinIndexCondition): Finding {
  return finding(type, 'False', 'Stopped', 'It is stopped, as spec.desiredState asks for.');
}

/** Whether the API answers and has everything that it needs. */
function ready(needed: readonly Finding[], { observation, obstacles }: IndexSituation, isStopped: boolean): Finding {
  if (isStopped) return stopped('Ready');
  const [obstacle] = obstacles;
  if (obstacle !== undefined) return blocked('Ready', 'False', obstacle);
  const wanting = needed.find(({ status }) => status !== 'True');
  if (wanting !== undefined) return finding('Ready', 'False', wanting.reason, wanting.message);
  if (heightsOf(observation).height === null) {
    return finding('Ready', 'False', 'NothingIndexed', 'No block is indexed yet.');
  }
  return finding('Ready', 'True', 'Answering', 'The API answers.');
}

function blocked(type: BitcoinIndexCondition, status: Finding['status'], { reason, message }: Obstacle): Finding {
  return finding(type, status, reason, message);
}

function reconciled({ obstacles: [obstacle] }: IndexSituation): Finding {
  if (obstacle !== undefined) return blocked('Reconciled', 'False', obstacle);
  return finding('Reconciled', 'True', 'Applied', 'The objects in the cluster are as the spec asks for.');
}

function nodeReady({ observation: { node }, obstacles }: IndexSituation): Finding {
  const obstacle = obstacles.find(({ condition }) => condition === 'NodeReady');
  if (obstacle !== undefined) return blocked('NodeReady', 'False', obstacle);
  const reachable = node === null ? undefined : conditionOf(node, 'RPCReachable');
  if (reachable === undefined)
    return finding('NodeReady', 'Unknown', 'NotObserved', 'The state of the node is not known yet.');
  return finding('NodeReady', reachable.status, reachable.reason, reachable.message);
}

function storeReady({ observation, obstacles }: IndexSituation, isStopped: boolean): Finding {
  const obstacle = obstacles.find(({ condition }) => condition === 'StoreReady');
  if (obstacle !== undefined) return blocked('StoreReady', 'False', obstacle);
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

function storePatched({ spec }: BitcoinIndex, { observation: { mongodb } }: IndexSituation): Finding {
  if (spec.store.managed === undefined)
    return finding('StorePatched', 'Unknown', 'NotManaged', 'The operator does not manage this database.');
  if (mongodb === null) return finding('StorePatched', 'Unknown', 'NotObserved', 'There is no database yet.');
  return { type: 'StorePatched', ...patchReleaseOf(mongodb.image) };
}

/** `StoreUnavailable` for STORE_UNAVAILABLE. */
function camelCase(code: string): string {
  return code.toLowerCase().replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function indexerAvailable({ indexer }: IndexObservation): Finding {
  if ((indexer?.ready ?? 0) > 0)
    return finding('IndexerAvailable', 'True', 'PodReady', 'A Pod of the indexer is ready.');
  return finding('IndexerAvailable', 'False', 'NoPodReady', 'No Pod of the indexer is ready: look at its Deployment.');
}

function gatewayAvailable({ gateway }: IndexObservation): Finding {
  const { ready: count, wanted } = gateway ?? { ready: 0, wanted: 0 };
  const message = `${count} of ${wanted} gateways are ready.`;
  if (count === 0) return finding('GatewayAvailable', 'False', 'NoPodReady', message);
  return count < wanted
    ? finding('GatewayAvailable', 'False', 'PodsMissing', message)
    : finding('GatewayAvailable', 'True', 'PodsReady', message);
}

function synced(index: BitcoinIndex, { observation }: IndexSituation): Finding {
  const { api, node } = observation;
  if (api instanceof GatewaySilent) return finding('Synced', 'Unknown', GATEWAY_SILENT, api.message);
  const { height, nodeHeight, lag } = heightsOf(observation);
  if (height === null) return finding('Synced', 'False', 'NothingIndexed', 'No block is indexed yet.');
  if (nodeHeight === null || lag === null)
    return finding('Synced', 'Unknown', 'NodeUnknown', 'The node has not been reached yet.');
  if (lag > index.spec.indexer.lagTolerance)
    return finding('Synced', 'False', 'CatchingUp', 'The index does not have all blocks of the node yet.');
  const nodeSynced = node === null ? undefined : conditionOf(node, 'Synced');
  if (nodeSynced?.status === 'False') return finding('Synced', 'False', 'NodeNotSynced', nodeSynced.message);
  return finding('Synced', 'True', 'AtTip', 'The index has all blocks of the node.');
}

function allKindsServed({ notServed, notKnown }: IndexSituation): Finding {
  if (notServed.length > 0)
    return finding('AllKindsServed', 'False', 'NotServed', `The cluster does not serve ${notServed.join(', ')}.`);
  if (notKnown.length === 0) return finding('AllKindsServed', 'True', 'Served', 'The cluster serves all kinds.');
  const message = `The cluster does not report whether it serves ${notKnown.join(', ')}: existing objects stay as they are.`;
  return finding('AllKindsServed', 'Unknown', 'NotKnown', message);
}

function reconciling({ observation, obstacles }: IndexSituation, isStopped: boolean): Finding {
  const temporary = obstacles.find(({ isFinal }) => !isFinal);
  if (temporary !== undefined) return blocked('Reconciling', 'True', temporary);
  if (obstacles.length > 0) {
    return finding('Reconciling', 'False', 'Stalled', 'The operator cannot continue until a user changes something.');
  }
  const { indexer, gateway, mongodb } = observation;
  const parts = { indexer, gateway, ...(mongodb !== null && { mongodb }) };
  const late = Object.entries(parts).filter(([, workload]) => !isSettled(workload, isStopped));
  if (late.length === 0) return finding('Reconciling', 'False', 'Done', 'All Pods are as the spec asks for.');
  return finding(
    'Reconciling',
    'True',
    'Progressing',
    `Pods are still starting or stopping: ${late.map(([name]) => name).join(', ')}.`,
  );
}

function isSettled(workload: Workload | null, isStopped: boolean): boolean {
  if (workload === null || !workload.isCurrent) return false;
  return isStopped ? workload.replicas === 0 : workload.ready === workload.wanted;
}

function stalled({ obstacles }: IndexSituation): Finding {
  const obstacle = obstacles.find(({ isFinal }) => isFinal);
  if (obstacle !== undefined) return blocked('Stalled', 'True', obstacle);
  return finding('Stalled', 'False', 'NotStalled', 'Nothing prevents progress.');
}

interface Release {
  /** For example 8.0. */
  readonly series: string;
  readonly patch: number;
}

type PatchFinding = Pick<Finding, 'status' | 'reason' | 'message'>;

/**
 * Whether a database runs the newest patch release of its series that the operator knows.
 * @param image the image that it runs
 */
export function patchReleaseOf(image: string): PatchFinding {
  const [running, newest] = [releaseOf(image), releaseOf(MONGODB_IMAGE)!];
  if (running === null) {
    const message = `The name ${image} does not tell which release of MongoDB it is: check whether there is a newer one.`;
    return { status: 'Unknown', reason: 'NotKnown', message };
  }
  if (running.series !== newest.series) {
    const message = `It runs ${image}, but the operator knows only the patch releases of ${newest.series}: check whether ${running.series} has a newer one.`;
    return { status: 'Unknown', reason: 'OtherSeries', message };
  }
  if (running.patch < newest.patch) {
    const message = `It runs ${image}, but ${MONGODB_IMAGE} is newer: set store.managed.image to it, or to a later release.`;
    return { status: 'False', reason: 'NewerPatchRelease', message };
  }
  const message = `It runs ${image}. On ${LOOKED_AT}, ${MONGODB_IMAGE} was the newest release of its series.`;
  return { status: 'True', reason: 'Newest', message };
}

/** The release of the official image, from any registry; null if the tag does not tell. */
function releaseOf(image: string): Release | null {
  const [, series, patch] = /(?:^|\/)mongo:(\d+\.\d+)\.(\d+)(?:-[\w.-]+)?(?:@.*)?$/.exec(image) ?? [];
  return series === undefined ? null : { series, patch: Number(patch) };
}
