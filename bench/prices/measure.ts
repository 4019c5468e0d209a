import { Client, type Reply, type Standing } from './client.ts';
import type { Gateway } from './gateway.ts';
import type { Livez } from './livez.ts';
import type { Shape } from './shape.ts';

/** The total cost of requests of one shape. */
export interface Measurement {
  readonly shape: Shape;
  readonly requests: number;
  /** The gateway's processor time. */
  readonly processorMs: number;
  /** Charged points; null if they are unknown. */
  readonly points: number | null;
  /** How long /livez took to answer meanwhile, in milliseconds. */
  readonly livez: readonly number[];
  /** The number of each outcome. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** Unusual observations. */
  readonly notes: readonly string[];
}

export interface Effort {
  /** The least processor time for each shape, once it is warm. */
  readonly seconds: number;
  readonly maxRequests: number;
}

/** The longest wait for one answer. */
const PATIENCE_MS = 20_000;
/** The longest time for requests of one shape, however cheap they are. */
const WALL_FACTOR = 8;
const WARM_UP = 0.2;
/** How often a shape is measured again if the count of its points was reset meanwhile. */
const ATTEMPTS = 3;
/** The tolerance between two reports of the same moment, because the header has whole seconds. */
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

  /** How long /livez takes without other requests, in milliseconds. */
  async idle(): Promise<readonly number[]> {
    await this.#gateway.untilAtRest();
    this.#livez.begin(this.#gateway.url);
    await new Promise((resolve) => setTimeout(resolve, 1_000 * this.#effort.seconds));
    return this.#livez.end();
  }

  /** The first request counts if it takes long enough by itself; otherwise it is a warm-up, with others. */
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

  /** @returns the answers, and the reason if it ended early */
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

/** The processor time or the number of requests that is enough. */
interface Enough {
  readonly processorMs: number;
  readonly maxRequests: number;
}

/** By the answers; null if one does not say. */
function pointsOf(replies: readonly Reply[]): number | null {
  if (replies.some(({ charged }) => charged === null)) return null;
  return replies.reduce((sum, { charged }) => sum + charged!, 0);
}

/** By the count of a caller's remaining points; null if it was reset meanwhile. */
function spentSince(before: Standing, after: Standing): number | null {
  if (Math.abs(after.endsAt - before.endsAt) > SECOND_MS) return null;
  return Math.max(0, before.left - after.remaining);
}

function countsOf(replies: readonly Reply[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { outcome } of replies) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return counts;
}
