import { afterPromises, type Work } from '../../query/work.ts';
import type { RequestDeadline } from '../limits/deadline.ts';
import type { Lane } from '../limits/lane.ts';
import type { HeldMemory } from '../limits/memory.ts';
import type { Bill } from './bill.ts';

/** The work of one request: it is paid as it is done, and ends at the request's deadline. */
export class RequestWork implements Work {
  private readonly bill: Bill;
  private readonly memory: HeldMemory;
  private readonly lane: Lane;
  private readonly signal: AbortSignal | undefined;
  /** How many parts of the request wait for their turn, and what to call when none does. */
  private pauses = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(bill: Bill, memory: HeldMemory, lane: Lane, deadline: RequestDeadline | null) {
    this.bill = bill;
    this.memory = memory;
    this.lane = lane;
    this.signal = deadline?.signal;
  }

  get isPatient(): boolean {
    return this.lane.isStranger;
  }

  add(points: number): void {
    this.signal?.throwIfAborted();
    this.bill.use(points);
  }

  hold(bytes: number): void {
    this.memory.take(bytes);
  }

  goOn(): Promise<void> | null {
    const turn = this.lane.goOn();
    return turn === null && !this.bill.isOwing ? null : this.pause(turn);
  }

  whenDone(callBack: () => void): void {
    afterPromises(() => {
      if (this.pauses === 0) callBack();
      else this.waiting.push(callBack);
    });
  }

  private async pause(turn: Promise<void> | null): Promise<void> {
    this.pauses += 1;
    try {
      await this.bill.paid();
      await turn;
      this.signal?.throwIfAborted();
    } finally {
      this.pauses -= 1;
      if (this.pauses === 0) for (const callBack of this.waiting.splice(0)) this.whenDone(callBack);
    }
  }
}
