import { isDeepStrictEqual } from 'node:util';
import type { BitcoinIndexStatus } from '../../api/bitcoin-index.ts';
import { type Finding, withFindings } from '../../api/conditions.ts';
import type { BitcoinIndex } from '../../api/kinds.ts';
import { heightsOf } from './heights.ts';
import { publicUrl } from './ingress.ts';
import type { Observation, Workload } from './observe.ts';

/** What changes with each block. */
const HEIGHTS = ['height', 'nodeHeight', 'lag', 'coverage'] as const;
const MAX_RANGES = 16;

/** The status of an index. How far it is stays as it was last known to be while no gateway answers. */
export function statusOf(
  index: BitcoinIndex,
  observation: Observation,
  findings: readonly Finding[],
  now: number,
): BitcoinIndexStatus {
  const { generation } = index.metadata;
  const before = index.status ?? {};
  const time = new Date(Math.floor(now / 1_000) * 1_000).toISOString().replace('.000Z', 'Z');
  return {
    observedGeneration: generation,
    conditions: withFindings(before.conditions ?? [], findings, { generation, now: time }),
    url: publicUrl(index),
    ...far(before, observation),
    indexer: podsOf(observation.indexer),
    gateway: podsOf(observation.gateway),
  };
}

function far(before: BitcoinIndexStatus, observation: Observation): BitcoinIndexStatus {
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

/** What of a status differs: nothing, what changes with each block, or more. */
export function changeOf(
  before: BitcoinIndexStatus | undefined,
  after: BitcoinIndexStatus,
): 'none' | 'heights' | 'more' {
  if (isDeepStrictEqual(before, after)) return 'none';
  const without = (status: BitcoinIndexStatus = {}) =>
    Object.fromEntries(Object.entries(status).filter(([name]) => !HEIGHTS.includes(name as (typeof HEIGHTS)[number])));
  return isDeepStrictEqual(without(before), without(after)) ? 'heights' : 'more';
}
