import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Tells when answers are over, also where a connection ends that asked for several at once: Node tells that of one alone. */
export class OpenAnswers {
  readonly #open = new WeakMap<Socket, Set<() => void>>();

  /** Calls back once the answer is taken, or cannot be any more. */
  onceOver(socket: Socket, response: ServerResponse, callBack: () => void): void {
    // Nothing tells it again.
    if (socket.destroyed || response.closed) {
      callBack();
      return;
    }
    const open = this.#of(socket);
    open.add(callBack);
    response.once('close', () => {
      if (open.delete(callBack)) callBack();
    });
  }

  #of(socket: Socket): Set<() => void> {
    const known = this.#open.get(socket);
    if (known !== undefined) return known;
    const open = new Set<() => void>();
    this.#open.set(socket, open);
    socket.once('close', () => {
      for (const callBack of open) callBack();
      open.clear();
    });
    return open;
  }
}
