import { counted } from '../../counted.ts';
import { BitqlError } from '../../errors.ts';
import { Deadline } from '../../waiting.ts';

/** Aborts what a request waits for, with TIMEOUT, when its time is over or its client has gone. */
export class RequestDeadline extends Deadline {
  constructor(ms: number) {
    super(ms, () => timeout(`The request was not answered within ${counted(ms / 1_000, 'second')}`));
  }

  /** The client has gone. */
  abandon(): void {
    this.abort(timeout('No client is waiting for the answer'));
  }
}

function timeout(reason: string): BitqlError {
  return new BitqlError('TIMEOUT', `${reason}: ask for less at once, or try again.`);
}
