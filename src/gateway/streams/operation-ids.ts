/** What is under way under one id. */
interface UnderWay {
  /** Whether one side has said that it is complete: it ends soon. */
  isComplete: boolean;
  /** The message that begins the next operation of this id. */
  next: string | null;
}

/**
 * Hands on the messages of a WebSocket. An operation waits until the one before it that had the same id is wholly over: the library
 * knows operations by their ids alone, and takes one for the other while the first still begins or ends.
 */
export class OperationIds {
  readonly #receive: (text: string) => Promise<void>;
  readonly #refuse: () => void;
  readonly #underWay = new Map<string, UnderWay>();

  /**
   * @param receive resolves when what a message began is over; never rejects
   * @param refuse called where an id is taken
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

  /** The operation of an id is told that it is complete, or tells it. */
  complete(id: string): void {
    const underWay = this.#underWay.get(id);
    if (underWay !== undefined) underWay.isComplete = true;
  }

  /** Nothing that waits is begun any more. */
  close(): void {
    for (const underWay of this.#underWay.values()) underWay.next = null;
  }

  /** A client gives up what it began last by an id. */
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

/** What of a message says where it belongs; nothing where it is none. */
function headOf(text: string): { readonly type?: unknown; readonly id?: unknown } {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
