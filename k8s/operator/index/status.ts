import { isDeepStrictEqual } from 'node:util';
import type { BitcoinIndexStatus } from '../../api/bitcoin-index.ts';
import { type Finding, withFindings } from '../../api/conditions.ts';
import type { BitcoinIndex } from '../../api/kinds.ts';
import { timeText } from '../runtime/resource.ts';
import { NEVER_MS } from '../runtime/status.ts';
import { publicUrl } from './names.ts';
import { heightsOf, type IndexObservation, type Workload } from './observe.ts';

/** Fields that change with each block. */
const HEIGHTS = ['height', 'nodeHeight', 'lag', 'coverage'] as const;
const MAX_RANGES = 16;

/** The status of an index. While no gateway answers, it keeps the last known heights. */
export function indexStatus(
  index: BitcoinIndex,
  observation: IndexObservation,
  findings: readonly Finding[],
  now: number,
): BitcoinIndexStatus {
  const { generation } = index.metadata;
  const before = index.status ?? {};
  return {
    observedGeneration: generation,
    conditions: withFindings(before.conditions ?? [], findings, { generation, now: timeText(now) }),
    url: publicUrl(index),
    ...far(before, observation),
    indexer: podsOf(observation.indexer),
    gateway: podsOf(observation.gateway),
  };
}

function far(before: BitcoinIndexStatus, observation: IndexObservation): BitcoinIndexStatus {
  const { network, height, nodeHeight, lag, coverage } = heightsOf(observation);
  if (network === null) {
    const known = ['network', ...HEIGHTS] as const;
    return Object.fromEntries(known.filter((name) => before[name] !== undefined).map((name) => [name, before[name]]));
  }
  return {
    network,
    ...(height !== null && { height }),
    ...(nodeHeight !== null && { nodeHeight }),
    ...(lag !== null && { lag }),
    coverage: coverage.slice(-MAX_RANGES).map(({ from, to }) => ({ from, to })),
  };
}

function podsOf(workload: Workload | null) {
  return { replicas: workload?.replicas ?? 0, readyReplicas: workload?.ready ?? 0 };
}

/**
 * How long after the last write a status may be written, in milliseconds. @param heightsMs the time for fields that change with
 * each block
 */
export function indexDueAfterMs(
  before: BitcoinIndexStatus | undefined,
  after: BitcoinIndexStatus,
  heightsMs: number,
): number {
  if (isDeepStrictEqual(before, after)) return NEVER_MS;
  return isDeepStrictEqual(withoutHeights(before), withoutHeights(after)) ? heightsMs : 0;
}

function withoutHeights(status: BitcoinIndexStatus = {}): BitcoinIndexStatus {
  const isKept = ([name]: [string, unknown]) => !HEIGHTS.includes(name as (typeof HEIGHTS)[number]);
  return Object.fromEntries(Object.entries(status).filter(isKept));
}
