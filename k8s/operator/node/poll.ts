import { isDeepStrictEqual } from 'node:util';
import { isCatchingUp } from '../../../src/rpc/answers.ts';
import { backoffMs } from '../../../src/waiting.ts';
import { CallsDeadline, type HostPace } from '../runtime/outside-calls.ts';
import type { Outside, ReconcileContext } from '../runtime/reconciler.ts';
import { Silences } from '../runtime/silences.ts';
import { type Login, rpcAt } from './connection.ts';
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

interface PollOptions {
  /** How often a synced node is asked. */
  readonly pollMs: number;
  /** The time limit of all calls of one probe [15 s]: a node that answers each call late counts as silent. */
  readonly probeMs?: number;
  readonly silences?: NodeSilences;
  /** How fast it answered before this process started. */
  readonly before?: HostPace | undefined;
}

/** Times between two probes of a node that does not answer. They grow, so that many silent nodes cost little. */
const SILENT_TIMES = { firstMs: 5_000, longestMs: 60_000 };
/** How long a silent reference is left alone, so that nobody waits for it repeatedly. */
const SILENT_REFERENCE_TIMES = { firstMs: 60_000, longestMs: 60_000 };
const PROBE_MS = 15_000;
/** A node that downloads the chain, or reports that it is not ready, has less to report. */
const SLOW_POLL_MS = 5_000;

/** Nodes and references that did not answer in time, by URL, with the message to report. */
export class NodeSilences {
  readonly nodes = new Silences<string>(SILENT_TIMES);
  /** The time limit for these is shorter, so a node that is too slow as a reference may be fast enough as a node. */
  readonly references = new Silences<string>(SILENT_REFERENCE_TIMES);
}

/** Asks a node when it is due, and keeps the last result. */
export class NodePoll {
  readonly #target: PollTarget;
  readonly #options: Required<PollOptions>;
  readonly #probe: NodeProbe;
  #last: NodeObservation | null = null;
  /** By the steady clock. */
  #dueAt = 0;
  #isHurried = false;
  /** How many times in a row its answer was unexpected. */
  #failures = 0;

  constructor(target: PollTarget, options: PollOptions) {
    const { references, splitDepth } = target;
    const { pollMs, probeMs = PROBE_MS, silences = new NodeSilences(), before } = options;
    this.#target = target;
    this.#options = { pollMs, probeMs, silences, before };
    this.#probe = new NodeProbe({ references, splitDepth, silentReferences: silences.references });
    if (before === 'slow') silences.nodes.expect(target.url);
  }

  /** Whether this is the target that is asked. */
  isOf({ references, ...target }: PollTarget): boolean {
    const { references: known, ...ours } = this.#target;
    return isDeepStrictEqual(target, ours) && isDeepStrictEqual(references.map(addressOf), known.map(addressOf));
  }

  /** Whether it is due and refused the password last time. */
  isRefused(now: number): boolean {
    return now >= this.#dueAt && this.#last?.silence?.reason === 'AuthFailed';
  }

  /** A change may enable it to answer, so it is asked at once. If it is silent again, the previous waiting time applies. */
  hurry(): void {
    this.#dueAt = 0;
    this.#isHurried = true;
    this.#failures = 0;
  }

  /** How long until it is due, in milliseconds. */
  waitMs(now: number): number {
    return Math.max(0, this.#dueAt - now);
  }

  /** The current observation. The node is only called if it is due and has not just kept another caller waiting. */
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

/** Reasons that the node reports itself. */
const ANSWERED: readonly SilenceReason[] = ['WarmingUp'];

function addressOf({ name, rpc, problem, address }: Reference): unknown {
  return [name, rpc === null, problem, address];
}
