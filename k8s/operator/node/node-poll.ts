import { isDeepStrictEqual } from 'node:util';
import { BitqlError } from '../../../src/errors.ts';
import { backoffMs } from '../runtime/backoff.ts';
import { Deadline } from '../runtime/deadline.ts';
import type { ReconcileContext } from '../runtime/reconciler.ts';
import type { Login } from './login.ts';
import { rpcAt } from './node-connection.ts';
import { NodeProbe } from './node-probe.ts';
import type { Observation, SilenceReason } from './observation.ts';
import type { Reference } from './reference-node.ts';
import { outOfTime } from './silence.ts';

/** How a node is asked, and what it is compared with. */
export interface PollTarget {
  readonly url: string;
  readonly login: Login;
  readonly references: readonly Reference[];
  readonly splitDepth: number;
}

/** How long all that a node is asked may take: one that answers each call late is as silent as one that answers none. */
const PROBE_MS = 15_000;
/** Between two times that a node is asked which does not answer: ever longer, so that many of them cost little. */
const SILENT_TIMES = { firstMs: 5_000, longestMs: 60_000 };
/** Of a node that is fetching the chain, or says that it is not ready, less is to be learnt. */
const SLOW_POLL_MS = 5_000;

/** Asks a node when its time has come, and knows what came of it the last time. */
export class NodePoll {
  readonly #target: PollTarget;
  readonly #probe: NodeProbe;
  readonly #pollMs: number;
  readonly #probeMs: number;
  #last: Observation | null = null;
  /** Milliseconds since 1970. */
  #dueAt = 0;
  /** How often in a row it did not answer. */
  #silences = 0;

  /**
   * @param pollMs how often a node that has the chain is asked
   * @param probeMs how long all that it is asked at a time may take
   */
  constructor(target: PollTarget, pollMs: number, probeMs = PROBE_MS) {
    const { url, login, references, splitDepth } = target;
    this.#target = target;
    this.#probe = new NodeProbe({ rpc: rpcAt(url, login), references, splitDepth });
    this.#pollMs = pollMs;
    this.#probeMs = probeMs;
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
  async observe(context: ReconcileContext): Promise<Observation> {
    const { now, outside } = context;
    if (this.#last !== null && now() < this.#dueAt) return this.#last;
    const ask = () => this.#ask(context);
    const observation = await outside(new URL(this.#target.url).host, ask, { wasSilent: this.#silences > 0 });
    this.#note(observation, now());
    return observation;
  }

  async #ask({ now, signal }: ReconcileContext): Promise<Observation> {
    const message = `The node did not answer all that it was asked within ${this.#probeMs / 1_000} s.`;
    using deadline = new Deadline(this.#probeMs, () => outOfTime(message), signal);
    try {
      return await this.#probe.observe(now(), deadline.signal);
    } catch (error) {
      // The time of the reconcile ran out: it was the node that took it.
      if (error instanceof BitqlError && error.code === 'TIMEOUT') {
        this.#note({ answers: null, silence: { reason: 'Timeout', message: error.message } }, now());
      }
      throw error;
    }
  }

  #note(observation: Observation, now: number): void {
    this.#last = observation;
    this.#dueAt = now + this.#nextMs(observation);
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
