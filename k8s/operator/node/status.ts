import { isJsonObject } from '../../../src/json.ts';
import type { BitcoinNodeStatus } from '../../api/bitcoin-node.ts';
import { withFindings } from '../../api/conditions.ts';
import type { BitcoinNode } from '../../api/kinds.ts';
import { timeText } from '../runtime/resource.ts';
import { NEVER_MS } from '../runtime/status.ts';
import { isDownloading, type NodeSituation, nodeFindings, usedPercent } from './findings.ts';
import { nodeNames, nodeUrl, p2pPort, zmqUrls } from './names.ts';
import type { NodeAnswers } from './observe.ts';

const MAX_TIPS = 8;
const MAX_WITNESSES = 9;
const MAX_ENDPOINTS = 8;
/** The minimum time between two writes while blocks arrive, in milliseconds: at the tip, and during the download of the chain. */
export const AT_TIP_MS = 5_000;
const DOWNLOADING_MS = 30_000;
/** For minor changes, for example of peers or the size on disk. */
const TRIFLES_MS = 300_000;
const WORK_DIGITS = 64;

/** The status of a node. It keeps the last answers while the node does not answer. */
export function nodeStatus(situation: NodeSituation): BitcoinNodeStatus {
  const { node, observation, now } = situation;
  const before = node.status ?? {};
  const { generation } = node.metadata;
  const time = timeText(now);
  const conditions = withFindings(before.conditions ?? [], nodeFindings(situation), { generation, now: time });
  return {
    observedGeneration: generation,
    conditions,
    binding: { name: nodeNames(node.metadata.name).rpc },
    endpoints: endpoints(node),
    ...(observation?.answers ? observedFields(situation, observation.answers) : lastKnownFields(before)),
    ...storage(situation),
    lastProbeTime: time,
  };
}

/**
 * How long after the last write a status is due, in milliseconds: at once if a condition changed, after seconds for a new tip,
 * after minutes for minor changes.
 */
export function nodeDueAfterMs(
  before: BitcoinNodeStatus | undefined,
  after: BitcoinNodeStatus,
  atTipMs = AT_TIP_MS,
): number {
  if (before === undefined || textOf(essence(before)) !== textOf(essence(after))) return 0;
  if (before.chain?.bestBlockHash !== after.chain?.bestBlockHash || before.chain?.headers !== after.chain?.headers) {
    return isSyncing(after) ? DOWNLOADING_MS : atTipMs;
  }
  const { lastProbeTime: _, ...old } = before;
  const { lastProbeTime: __, ...fresh } = after;
  return textOf(old) === textOf(fresh) ? NEVER_MS : TRIFLES_MS;
}

/** How long ago another process wrote a status, by the time in it; infinite if that lies in the future. */
export function sinceWrittenMs(status: BitcoinNodeStatus | undefined, now: number): number {
  const sinceMs = now - Date.parse(status?.lastProbeTime ?? '1970-01-01T00:00:00Z');
  return sinceMs < 0 ? Number.POSITIVE_INFINITY : sinceMs;
}

function isSyncing({ conditions = [] }: BitcoinNodeStatus): boolean {
  const reasons = ['HeadersSync', 'InitialBlockDownload'];
  return conditions.some(({ type, reason }) => type === 'Synced' && reasons.includes(reason));
}

/** The part of a status whose changes are written at once. */
function essence({ conditions = [], observedGeneration, binding, endpoints, split }: BitcoinNodeStatus): unknown {
  const findings = conditions.map(({ type, status, reason }) => [type, status, reason]);
  const parting = split && [split.forkHeight, ...split.witnesses.map(({ name }) => name)];
  return { observedGeneration, findings, binding, endpoints, parting };
}

/** The API server returns the fields of an object in another order. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_, part) =>
    isJsonObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}

function lastKnownFields({ node, chain, tips, split, peers }: BitcoinNodeStatus): Partial<BitcoinNodeStatus> {
  return {
    ...(node && { node }),
    ...(chain && { chain }),
    ...(tips && { tips }),
    ...(split && { split }),
    ...(peers && { peers }),
  };
}

function observedFields(situation: NodeSituation, answers: NodeAnswers): Partial<BitcoinNodeStatus> {
  const { network, tips, peers } = answers;
  return {
    node: { version: network.version, userAgent: network.userAgent, protocolVersion: network.protocolVersion },
    chain: chainOf(situation, answers),
    tips: [...tips].slice(0, MAX_TIPS),
    peers,
    ...splitOf(situation, answers),
  };
}

function chainOf(situation: NodeSituation, answers: NodeAnswers): NonNullable<BitcoinNodeStatus['chain']> {
  const { chain, bestBlockTime } = answers;
  return {
    name: chain.name,
    blocks: chain.blocks,
    headers: chain.headers,
    lag: chain.headers - chain.blocks,
    bestBlockHash: chain.bestBlockHash,
    bestBlockTime: timeText(bestBlockTime * 1_000),
    medianTime: timeText(chain.medianTime * 1_000),
    chainWork: chain.chainWork.toString(16).padStart(WORK_DIGITS, '0'),
    initialBlockDownload: isDownloading(situation, answers),
    progressPermille: chain.progressPermille,
    pruned: chain.pruned,
    ...(chain.pruneHeight !== null && { pruneHeight: chain.pruneHeight }),
    ...(chain.sizeOnDisk !== null && { sizeOnDisk: chain.sizeOnDisk }),
  };
}

function splitOf({ node, now }: NodeSituation, { split, chain }: NodeAnswers): Pick<BitcoinNodeStatus, 'split'> {
  if (split === null) return {};
  return {
    split: {
      since: node.status?.split?.since ?? timeText(now),
      forkHeight: split.forkHeight,
      depth: split.depth,
      ourTip: chain.bestBlockHash,
      competingTip: split.competingTip,
      witnesses: split.witnesses.slice(0, MAX_WITNESSES).map((witness) => ({ ...witness })),
    },
  };
}

function endpoints(node: BitcoinNode): NonNullable<BitcoinNodeStatus['endpoints']> {
  const { exposure, listen } = node.spec.p2p;
  const { name, namespace } = node.metadata;
  const hasP2p = node.spec.external === undefined && listen && exposure !== 'None';
  const p2p = { name: 'p2p', url: `tcp://${nodeNames(name).p2p}.${namespace}.svc:${p2pPort(node.spec)}` };
  return [
    { name: 'rpc', url: nodeUrl(node) },
    ...(hasP2p ? [p2p] : []),
    ...zmqUrls(node).map((url, index) => ({ name: index === 0 ? 'zmq' : `zmq-${index + 1}`, url })),
  ].slice(0, MAX_ENDPOINTS);
}

function storage(situation: NodeSituation): Pick<BitcoinNodeStatus, 'storage'> {
  const { volumeCapacity } = situation.children;
  if (volumeCapacity === null) return {};
  const percent = usedPercent(situation) ?? situation.node.status?.storage?.usedPercent;
  return { storage: { capacity: volumeCapacity, ...(percent !== undefined && { usedPercent: percent }) } };
}
