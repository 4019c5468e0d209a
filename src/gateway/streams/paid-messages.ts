import type { WebSocket } from 'ws';
import type { Account } from '../cost/account.ts';
import { pointsOfBytes } from '../cost/bill.ts';

/** What any message costs, in points; an operation that it begins costs more. */
const MESSAGE_PRICE = 1;

/** The first message, by which a connection says who pays, is heard though whoever is at its address has nothing left; in bytes. */
const INTRODUCTION_BYTES = 1_024;

/** An account that may be waited for. */
export interface PatientAccount extends Account {
  /** Resolves when so many points are spent, or at the signal. */
  spendInTime(points: number, signal: AbortSignal): Promise<void>;
}

/**
 * Hands on the messages of a WebSocket one by one, each once it is paid. Whoever has spent all is not read from until there are
 * points again: what it sends waits on its own side.
 * @param accountOf of whoever pays; null where all is free
 */
export function onPaidMessage(
  socket: WebSocket,
  accountOf: () => PatientAccount | null,
  receive: (text: string) => void,
): void {
  const closed = new AbortController();
  let waiting = 0;
  let isFirst = true;
  let last = Promise.resolve();
  socket.once('close', () => closed.abort());
  socket.on('message', (data) => {
    const text = String(data);
    const bytes = Buffer.byteLength(text);
    const points = MESSAGE_PRICE + pointsOfBytes(bytes);
    const account = accountOf();
    const isIntroduction = isFirst && bytes <= INTRODUCTION_BYTES;
    isFirst = false;
    if (isIntroduction) {
      account?.spend(points).catch(() => {});
      return receive(text);
    }
    if (waiting === 0 && (account === null || account.trySpend(points) !== null)) return receive(text);
    waiting += 1;
    socket.pause();
    last = last
      .then(async () => {
        await accountOf()?.spendInTime(points, closed.signal);
        waiting -= 1;
        if (closed.signal.aborted) return;
        if (waiting === 0) socket.resume();
        receive(text);
      })
      // What cannot be paid is not heard, nor what follows it.
      .catch(() => socket.terminate());
  });
}
