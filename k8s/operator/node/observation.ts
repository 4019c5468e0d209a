import type { Split } from './chain-split.ts';
import type { ChainInfo, NetworkInfo, Peers, Tip } from './node-answers.ts';

/** What a node said. */
export interface NodeAnswers {
  readonly chain: ChainInfo;
  /** Of its newest block, in Unix seconds. */
  readonly bestBlockTime: number;
  readonly network: NetworkInfo;
  readonly peers: Peers;
  /** The highest ones, highest first. */
  readonly tips: readonly Tip[];
  readonly split: Split | null;
  /** Why references could not be compared with, by their names. */
  readonly unheard: readonly { readonly name: string; readonly why: string }[];
}

/** Why a node does not answer: a reason of the condition RPCReachable. */
export interface Silence {
  readonly reason: SilenceReason;
  readonly message: string;
}

export type SilenceReason =
  | 'WarmingUp'
  | 'AuthFailed'
  | 'Timeout'
  | 'Refused'
  | 'HostNotFound'
  | 'Unreachable'
  | 'UnexpectedAnswer';

export type Observation =
  | { readonly answers: NodeAnswers; readonly silence: null }
  | { readonly answers: null; readonly silence: Silence };
