import { expect } from 'vitest';
import { hashToHex } from '../../src/chain/bytes.ts';
import { decodeBlock, txidsOf } from '../../src/store/blocks.ts';
import { encodeCommitNumber } from '../../src/store/commit-number.ts';
import { type EventPlace, endOf, type LoggedEvent, readEvents } from '../../src/store/event-log.ts';
import { type BlockEvent, isBlockEvent } from '../../src/store/events.ts';
import { blockKey } from '../../src/store/position.ts';
import { Snapshot } from '../../src/store/snapshot.ts';
import type { ReadStore } from '../../src/store/store.ts';
import { pendingIn, stateOf } from './live-rows.ts';

/** All events after a position, read in pages of random sizes. */
export async function eventsBehind(store: ReadStore, place: EventPlace): Promise<LoggedEvent[]> {
  const events: LoggedEvent[] = [];
  let after = place;
  for (;;) {
    const page = await readEvents(store, after, 1 + Math.floor(Math.random() ** 3 * 400));
    events.push(...page.events);
    after = page.end;
    if (!page.more) return events;
  }
}

/** The tip of the main chain and the pending transactions, for a reader that read the state once and then only events. */
export class Replay {
  readonly place: EventPlace;
  readonly #store: ReadStore;
  /** Hash of the tip, and the blocks below it that were connected here. */
  #tip: string;
  /** Arrivals by txid. */
  readonly #pending: Map<string, string>;
  /** Blocks that were connected here and still are. */
  readonly #confirmed = new Set<string>();

  private constructor(store: ReadStore, place: EventPlace, tip: string, pending: Map<string, string>) {
    this.#store = store;
    this.place = place;
    this.#tip = tip;
    this.#pending = pending;
  }

  /** Begins with the present state; null while there is no log. */
  static async begin(store: ReadStore): Promise<Replay | null> {
    const state = await stateOf(store);
    if (state === null || state.logStart === null) return null;
    const snapshot = Snapshot.latest(state);
    return new Replay(store, endOf(snapshot.commit), state.tip!.hash, await arrivalsIn(store, snapshot));
  }

  /** Begins at the start of the log, with the tip and the pending transactions of that time. */
  static async fromLogStart(store: ReadStore, tip: string): Promise<Replay> {
    const state = (await stateOf(store))!;
    const snapshot = Snapshot.latest(state).asOf(state.tip!, state.logStart!);
    return new Replay(store, endOf(state.logStart!), tip, await arrivalsIn(store, snapshot));
  }

  /** Applies all events up to now. The result must be the present state. @returns the events */
  async expectPresent(): Promise<LoggedEvent[]> {
    const events = await eventsBehind(this.#store, this.place);
    for (const logged of events) await this.#apply(logged);
    const state = (await stateOf(this.#store))!;
    expect(this.#tip).toBe(state.tip!.hash);
    const present = await arrivalsIn(this.#store, Snapshot.latest(state));
    expect([...this.#pending].sort()).toEqual([...present].sort());
    return events;
  }

  async #apply({ place, event }: LoggedEvent): Promise<void> {
    const where = JSON.stringify({ place, event });
    if (isBlockEvent(event)) return this.#applyBlock(event, where);
    if (event.kind === 'removed') {
      expect(this.#confirmed.has(event.txid), `gone, though a block has it: ${where}`).toBe(false);
      this.#pending.delete(event.txid);
      return;
    }
    if (event.kind !== 'accepted') return;
    expect(this.#pending.has(event.txid), `accepted twice: ${where}`).toBe(false);
    expect(this.#confirmed.has(event.txid), `accepted, though a block has it: ${where}`).toBe(false);
    this.#pending.set(event.txid, Buffer.from(encodeCommitNumber(event.arrival)).toString('hex'));
  }

  async #applyBlock(event: BlockEvent, where: string): Promise<void> {
    const [value] = await this.#store.get('blocks', [blockKey(event.height, event.fork)]);
    const { hash, header } = decodeBlock(value!);
    expect(hashToHex(hash), where).toBe(event.hash);
    const previous = hashToHex(header.previousHash);
    const isConnected = event.kind === 'connected';
    expect(this.#tip, `does not fit: ${where}`).toBe(isConnected ? previous : event.hash);
    this.#tip = isConnected ? event.hash : previous;
    for await (const id of txidsOf(event, this.#store)) {
      const txid = hashToHex(id);
      if (isConnected) this.#confirmed.add(txid);
      else this.#confirmed.delete(txid);
      if (isConnected) this.#pending.delete(txid);
    }
  }
}

async function arrivalsIn(store: ReadStore, snapshot: Snapshot): Promise<Map<string, string>> {
  const pending = await pendingIn(store, snapshot);
  return new Map([...pending].map(([arrival, { transaction }]) => [hashToHex(transaction.txid), arrival]));
}
