import { isDeepStrictEqual } from 'node:util';
import { isCatchingUp } from '../../../src/rpc/answers.ts';
import { backoffMs } from '../../../src/waiting.ts';
import { CallsDeadline } from '../runtime/deadline.ts';
import type { HostPace } from '../runtime/outside-calls.ts';
import type { Outside, ReconcileContext } from '../runtime/reconciler.ts';
import { Silences } from '../runtime/silences.ts';
import { rpcAt } from './connection.ts';
import type { Login } from './login.ts';
import { type NodeObservation, NodeProbe } from './observe.ts';
import type { Reference } from './references.ts';
import { askWithin, outOfTime, type SilenceReason, unlessAtRest } from './silence.ts';

/** How a node is asked, and what it is compared with. */
export interface PollTarget {
  readonly url: string;
  readonly login: Login;
  readonly references: readonly Reference[];
  readonly splitDepth: number;
}

export interface PollOptions {
  /** How often a node that has the chain is asked. */
  readonly pollMs: number;
  /** How long all that it is asked at a time may take [15 s]: one that answers each call late is as silent as one that answers none. */
  readonly probeMs?: number;
  readonly silences?: NodeSilences;
  /** How it was when this process began. */
  readonly before?: HostPace | undefined;
}

/** Between two times that a node is asked which does not answer: ever longer, so that many of them cost little. */
const SILENT_TIMES = { firstMs: 5_000, longestMs: 60_000 };
/** For how long a reference that did not answer is left alone: nobody is to wait for it again and again. */
const SILENT_REFERENCE_TIMES = { firstMs: 60_000, longestMs: 60_000 };
const PROBE_MS = 15_000;
/** Of a node that is fetching the chain, or says that it is not ready, less is to be learnt. */
const SLOW_POLL_MS = 5_000;

/** Nodes and references that kept whoever asked waiting, by their URLs, and what is told of them. */
export class NodeSilences {
  readonly nodes = new Silences<string>(SILENT_TIMES);
  /** These are waited for less long than a node, so a node that is slow for one of these may do for one of those. */
  readonly references = new Silences<string>(SILENT_REFERENCE_TIMES);
}

/** Asks a node when its time has come, and knows what came of it the last time. */
export class NodePoll {
  readonly #target: PollTarget;
  readonly #options: Required<PollOptions>;
  readonly #probe: NodeProbe;
  #last: NodeObservation | null = null;
  /** By the steady clock. */
  #dueAt = 0;
  #isHurried = false;
  /** How often in a row it answered something else than what it was asked. */
  #failures = 0;

  constructor(target: PollTarget, options: PollOptions) {
    const { references, splitDepth } = target;
    const { pollMs, probeMs = PROBE_MS, silences = new NodeSilences(), before } = options;
    this.#target = target;
    this.#options = { pollMs, probeMs, silences, before };
    this.#probe = new NodeProbe({ references, splitDepth, silentReferences: silences.references });
    if (before === 'slow') silences.nodes.expect(target.url);
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

  /** Something has changed that may let it answer: it is asked at once. If it is as silent as before, it is left alone as long as before. */
  hurry(): void {
    this.#dueAt = 0;
    this.#isHurried = true;
    this.#failures = 0;
  }

  /** How long until it is to be asked again, in milliseconds. */
  waitMs(now: number): number {
    return Math.max(0, this.#dueAt - now);
  }

  /** What is known of the node; it is only asked where that is due, and where it did not keep somebody else waiting just now. */
  async observe(context: ReconcileContext): Promise<NodeObservation> {
    const { steadyNow } = context;
    if (this.#last !== null && steadyNow() < this.#dueAt) return this.#last;
    const observation = await this.#ask(context);
    this.#isHurried = false;
    this.#last = observation;
    const now = steadyNow();
    this.#dueAt = now + this.#nextMs(observation, now);
    return observation;
  }

  async #ask({ steadyNow, signal, outside }: ReconcileContext): Promise<NodeObservation> {
    const { url, login } = this.#target;
    const { probeMs, silences, before } = this.#options;
    const late = () => outOfTime(`The node did not answer all calls within ${probeMs / 1_000} s.`);
    using deadline = new CallsDeadline(probeMs, late, signal);
    const restable = { silences: silences.nodes, url, steadyNow, evenAtRest: this.#isHurried };
    const asNow: Outside = (host, call) => outside(host, call, { before });
    const ask = askWithin(rpcAt(url, login), deadline, unlessAtRest(asNow, restable));
    return await this.#probe.observe({ ask, outside, steadyNow, signal: deadline.signal });
  }

  #nextMs({ answers, silence }: NodeObservation, now: number): number {
    const { nodes } = this.#options.silences;
    const { url } = this.#target;
    if (silence?.reason === 'Timeout') return nodes.note(url, silence.message, now);
    nodes.forget(url);
    if (silence !== null && !ANSWERED.includes(silence.reason)) return backoffMs(SILENT_TIMES, this.#failures++);
    this.#failures = 0;
    const isFetching = answers != null && isCatchingUp(answers.chain);
    return answers === null || isFetching ? SLOW_POLL_MS : this.#options.pollMs;
  }
}

/** What it says by itself of why it does not tell. */
const ANSWERED: readonly SilenceReason[] = ['WarmingUp'];

function addressOf({ name, rpc, problem, address }: Reference): unknown {
  return [name, rpc === null, problem, address];
}
