import type { BitcoinNode } from '../../api/kinds.ts';
import type { Observation } from './observation.ts';

/** What is in the cluster for a node. */
export interface NodeChildren {
  /** What keeps the cluster from what the spec asks for; null where nothing does. */
  readonly obstacle: { readonly reason: string; readonly message: string } | null;
  /** Kinds that the cluster does not serve, as `Kind of group/version`. */
  readonly notServed: readonly string[];
  /** Null for a node outside of the cluster, and where there is none. */
  readonly workload: Workload | null;
  /** How large the volume is, as a quantity; null where it is not known. */
  readonly volumeCapacity: string | null;
}

export interface Workload {
  /** Whether its Pod is ready. */
  readonly isReady: boolean;
  /** Whether that Pod is as the spec asks for now. */
  readonly isCurrent: boolean;
}

/** All that a status is made of. */
export interface NodeSituation {
  readonly node: BitcoinNode;
  readonly children: NodeChildren;
  /** Null where the node was not asked: it is stopped, or there is no password for it. */
  readonly observation: Observation | null;
  /** Milliseconds since 1970. */
  readonly now: number;
}
