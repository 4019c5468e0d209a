import type { BitcoinNode } from '../../api/kinds.ts';
import type { MadeWith } from '../runtime/made-with.ts';

/** What a database that the operator runs was made with, and keeps. */
export interface DatabaseState extends MadeWith {
  /** Hexadecimal; generated. */
  readonly password: string;
  /** What the members know each other by, in base64; generated. */
  readonly keyfile: string;
}

/** A file that gateways read, from a ConfigMap. */
export interface MountedFile {
  readonly configMap: string;
  readonly key: string;
  readonly text: string;
}

/** What the cluster serves of what not each serves; null where it does not say. */
export interface Served {
  readonly autoscaler: boolean | null;
  readonly customMetrics: boolean | null;
  readonly disruptionBudget: boolean | null;
  readonly ingress: boolean | null;
  readonly networkPolicy: boolean | null;
  readonly serviceMonitor: boolean | null;
}

/** All that the desired state of an index depends on beside its spec. */
export interface IndexInputs {
  readonly node: BitcoinNode;
  /** Of the node's RPC, with user and password in it. */
  readonly nodeUri: string;
  /** Of the database; with a user and a password in it. */
  readonly storeUri: string;
  /** Null where somebody else runs the database. */
  readonly database: DatabaseState | null;
  /** What checksums of secrets are made with: without it, passwords could be guessed from them. */
  readonly salt: string;
  readonly tiers: MountedFile | null;
  readonly trustedDocuments: MountedFile | null;
  /** Of indexer and gateways. */
  readonly image: string;
  readonly served: Served;
}
