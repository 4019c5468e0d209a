import { Client, type Reply, type Standing } from './client.ts';
import type { Gateway } from './gateway.ts';
import type { Livez } from './livez.ts';
import type { Shape } from './shape.ts';

/** What requests of one shape took together. */
export interface Measurement {
  readonly shape: Shape;
  readonly requests: number;
  /** The gateway's time of the processors. */
  readonly processorMs: number;
  /** Charged; null where nothing tells. */
  readonly points: number | null;
  /** How long /livez took to answer meanwhile, in milliseconds. */
  readonly livez: readonly number[];
  /** How often it came to what. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** What was unusual. */
  readonly notes: readonly string[];
}

export interface Effort {
  /** Of the processors for each shape, at least, once it is warm. */
  readonly seconds: number;
  readonly maxRequests: number;
}

/** Nobody waits longer for one answer. */
const PATIENCE_MS = 20_000;
/** Nor are requests of one shape made for longer, be they ever so cheap. */
const WALL_FACTOR = 8;
const WARM_UP = 0.2;
/** How often a shape is measured again whose points are told by a count that began anew meanwhile. */
const ATTEMPTS = 3;
/** By which two accounts of the same moment may differ: the header has whole seconds. */
const SECOND_MS = 1_500;

/** Measures shapes at one gateway, one after the other. */
export class Meter implements Disposable {
  readonly #gateway: Gateway;
  readonly #livez: Livez;
  readonly #effort: Effort;
  #client: Client;
  #turn = 0;

  constructor(gateway: Gateway, livez: Livez, effort: Effort) {
    this.#gateway = gateway;
    this.#livez = livez;
    this.#effort = effort;
    this.#client = new Client(gateway.url);
  }

  /** How long /livez takes while nobody asks for anything else, in milliseconds. */
  async idle(): Promise<readonly number[]> {
    await this.#gateway.untilAtRest();
    this.#livez.begin(this.#gateway.url);
    await new Promise((resolve) => setTimeout(resolve, 1_000 * this.#effort.seconds));
    return this.#livez.end();
  }

  /** The first request counts if it takes long enough by itself; else it warms up, with others. */
  async measure(shape: Shape): Promise<Measurement> {
    const { seconds, maxRequests } = this.#effort;
    const target = 1_000 * seconds;
    const first = await this.#run(shape, { processorMs: 0, maxRequests: 1 });
    if (first.processorMs >= target || first.notes.length > 0) return first;
    await this.#ask(shape, { processorMs: WARM_UP * target, maxRequests });
    await this.#gateway.untilAtRest();
    return this.#run(shape, { processorMs: target, maxRequests });
  }

  [Symbol.dispose](): void {
    this.#client[Symbol.dispose]();
  }

  async #run(shape: Shape, enough: Enough, attempt = 1): Promise<Measurement> {
    const gateway = this.#gateway;
    const before = await this.#client.standing();
    this.#livez.begin(gateway.url);
    const begun = gateway.processorMs;
    const { replies, failure } = await this.#ask(shape, enough);
    const rests = await gateway.untilAtRest();
    const processorMs = gateway.processorMs - begun;
    const notes = failure === null ? [] : [failure];
    if (!gateway.isRunning) notes.push('the gateway ended');
    else if (!rests) notes.push('works on long after');
    if (!rests) await gateway.restart();
    const livez = await this.#livez.end();
    if (notes.length > 0) this.#reconnect();
    const points = pointsOf(replies) ?? (rests ? spentSince(before, await this.#client.standing()) : null);
    if (points === null && rests && attempt < ATTEMPTS) return this.#run(shape, enough, attempt + 1);
    if (points === null) notes.push('points unknown');
    return { shape, requests: replies.length, processorMs, points, livez, outcomes: countsOf(replies), notes };
  }

  /** @returns what was answered, and what ended it before it was enough */
  async #ask(shape: Shape, enough: Enough): Promise<{ replies: Reply[]; failure: string | null }> {
    const replies: Reply[] = [];
    const begun = this.#gateway.processorMs;
    const end = performance.now() + WALL_FACTOR * Math.max(1_000, enough.processorMs);
    do {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const reply = await shape.ask(this.#client, this.#turn++, signal).catch((error: Error) => error);
      replies.push(reply instanceof Error ? { outcome: reply.message, charged: null } : reply);
      if (signal.aborted && reply instanceof Error)
        return { replies, failure: `no answer in ${PATIENCE_MS / 1_000} s` };
    } while (
      this.#gateway.isRunning &&
      replies.length < enough.maxRequests &&
      performance.now() < end &&
      this.#gateway.processorMs - begun < enough.processorMs
    );
    return { replies, failure: null };
  }

  #reconnect(): void {
    this.#client[Symbol.dispose]();
    this.#client = new Client(this.#gateway.url);
  }
}

/** When there were requests enough. */
interface Enough {
  readonly processorMs: number;
  readonly maxRequests: number;
}

/** As the answers tell; null where one does not. */
function pointsOf(replies: readonly Reply[]): number | null {
  if (replies.some(({ charged }) => charged === null)) return null;
  return replies.reduce((sum, { charged }) => sum + charged!, 0);
}

/** As the count tells of what a caller has left; null where it began anew meanwhile. */
function spentSince(before: Standing, after: Standing): number | null {
  if (Math.abs(after.endsAt - before.endsAt) > SECOND_MS) return null;
  return Math.max(0, before.left - after.remaining);
}

function countsOf(replies: readonly Reply[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { outcome } of replies) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return counts;
}
