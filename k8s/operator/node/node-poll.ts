import { isDeepStrictEqual } from 'node:util';
import { backoffMs } from '../runtime/backoff.ts';
import type { ReconcileContext } from '../runtime/reconciler.ts';
import type { Login } from './login.ts';
import { rpcAt } from './node-connection.ts';
import { NodeProbe } from './node-probe.ts';
import type { Observation, SilenceReason } from './observation.ts';
import type { Reference } from './reference-node.ts';

/** How a node is asked, and what it is compared with. */
export interface PollTarget {
  readonly url: string;
  readonly login: Login;
  readonly references: readonly Reference[];
  readonly splitDepth: number;
}

/** Between two times that a node is asked which does not answer: ever longer, so that many of them cost little. */
const SILENT_TIMES = { firstMs: 5_000, longestMs: 60_000 };
/** Of a node that is fetching the chain, or says that it is not ready, less is to be learnt. */
const SLOW_POLL_MS = 5_000;

/** Asks a node when its time has come, and knows what came of it the last time. */
export class NodePoll {
  readonly #target: PollTarget;
  readonly #probe: NodeProbe;
  readonly #pollMs: number;
  #last: Observation | null = null;
  /** Milliseconds since 1970. */
  #dueAt = 0;
  /** How often in a row it did not answer. */
  #silences = 0;

  /** @param pollMs how often a node that has the chain is asked */
  constructor(target: PollTarget, pollMs: number) {
    const { url, login, references, splitDepth } = target;
    this.#target = target;
    this.#probe = new NodeProbe({ rpc: rpcAt(url, login), references, splitDepth });
    this.#pollMs = pollMs;
  }

  /** Whether it is this that is asked. */
  isOf({ references, ...target }: PollTarget): boolean {
    const { references: known, ...ours } = this.#target;
    return isDeepStrictEqual(target, ours) && isDeepStrictEqual(references.map(addressOf), known.map(addressOf));
  }

  /** Whether it is to be asked, and did not take the password the last time. */
  isRefused(now: number): boolean {
    return now >= this.#dueAt && this.#last?.silence?.reason === 'AuthFailed';
  }

  /** Something has changed that may let it answer. */
  hurry(): void {
    this.#dueAt = 0;
    this.#silences = 0;
  }

  /** How long until it is to be asked again, in milliseconds. */
  waitMs(now: number): number {
    return Math.max(0, this.#dueAt - now);
  }

  /** What is known of the node; it is only asked where that is due. */
  async observe({ now, signal, outside }: ReconcileContext): Promise<Observation> {
    if (this.#last !== null && now() < this.#dueAt) return this.#last;
    const ask = () => this.#probe.observe(now(), signal);
    const observation = await outside(new URL(this.#target.url).host, ask, { wasSilent: this.#silences > 0 });
    this.#last = observation;
    this.#dueAt = now() + this.#nextMs(observation);
    return observation;
  }

  #nextMs({ answers, silence }: Observation): number {
    if (silence !== null && !ANSWERED.includes(silence.reason)) return backoffMs(SILENT_TIMES, this.#silences++);
    this.#silences = 0;
    const isFetching = answers?.chain.initialBlockDownload === true && answers.chain.name !== 'regtest';
    return answers === null || isFetching ? SLOW_POLL_MS : this.#pollMs;
  }
}

/** What it says by itself of why it does not tell. */
const ANSWERED: readonly SilenceReason[] = ['WarmingUp'];

function addressOf({ name, rpc, problem, address }: Reference): unknown {
  return [name, rpc === null, problem, address];
}
