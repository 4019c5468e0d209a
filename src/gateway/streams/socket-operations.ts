import type { ResultStream } from './result-stream.ts';

/** An operation under way with an id. */
interface UnderWay {
  /** Whether one side has sent that it is complete: it ends soon. */
  isComplete: boolean;
  /** The message that begins the next operation with this id. */
  next: string | null;
}

/**
 * Passes on the messages of a WebSocket. An operation waits until the previous one with the same id is completely over: the
 * library identifies operations by id only, and confuses the two while the first still begins or ends.
 */
export class OperationIds {
  readonly #receive: (text: string) => Promise<void>;
  readonly #refuse: () => void;
  readonly #underWay = new Map<string, UnderWay>();

  /**
   * @param receive resolves when what a message began is over; never rejects
   * @param refuse called if an id is in use
   */
  constructor(receive: (text: string) => Promise<void>, refuse: () => void) {
    this.#receive = receive;
    this.#refuse = refuse;
  }

  /** Operations that are not over, completed or not. */
  get size(): number {
    return this.#underWay.size;
  }

  receive(text: string): void {
    const { type, id } = headOf(text);
    if (typeof id === 'string' && type === 'subscribe') this.#subscribe(id, text);
    else {
      if (typeof id === 'string' && type === 'complete') this.#giveUp(id);
      void this.#receive(text);
    }
  }

  /** Notes that one side has sent that the operation is complete. */
  complete(id: string): void {
    const underWay = this.#underWay.get(id);
    if (underWay !== undefined) underWay.isComplete = true;
  }

  /** Drops operations that wait. */
  close(): void {
    for (const underWay of this.#underWay.values()) underWay.next = null;
  }

  /** Handles a client's `complete` for its last operation with an id. */
  #giveUp(id: string): void {
    const underWay = this.#underWay.get(id);
    if (underWay === undefined) return;
    underWay.isComplete = true;
    underWay.next = null;
  }

  #subscribe(id: string, text: string): void {
    const before = this.#underWay.get(id);
    if (before === undefined) void this.#run(id, text);
    else if (before.isComplete && before.next === null) before.next = text;
    else this.#refuse();
  }

  async #run(id: string, text: string): Promise<void> {
    for (let next: string | null = text; next !== null; ) {
      const underWay: UnderWay = { isComplete: false, next: null };
      this.#underWay.set(id, underWay);
      await this.#receive(next);
      next = underWay.next;
    }
    this.#underWay.delete(id);
  }
}

/** The type and id of a message; empty if it is not JSON. */
function headOf(text: string): { readonly type?: unknown; readonly id?: unknown } {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

/** Clients send a ping's payload back, so it is kept small: with more subscriptions than this, it has no cursors. */
const MAX_CURSORS = 10;

/** The subscriptions of one WebSocket, by the ids of their operations. */
export class OpenStreams {
  readonly #streams = new Map<string, ResultStream>();

  add(id: string, stream: ResultStream): void {
    this.#streams.set(id, stream);
    stream.onEnd(() => {
      if (this.#streams.get(id) === stream) this.#streams.delete(id);
    });
  }

  /**
   * The protocol's message that asks whether a client is there. Its payload has the cursor of each subscription by id, up to
   * which all events were sent, and the cursor of a single subscription also without its id; null if there is no subscription.
   */
  ping(): string | null {
    if (this.#streams.size === 0) return null;
    const known = [...this.#streams]
      .map(([id, { cursor }]) => [id, cursor] as const)
      .filter(([, cursor]) => cursor !== null);
    const cursors = Object.fromEntries(this.#streams.size > MAX_CURSORS ? [] : known);
    const [[, cursor] = []] = this.#streams.size === 1 ? known : [];
    return JSON.stringify({ type: 'ping', payload: { cursor, cursors } });
  }
}
