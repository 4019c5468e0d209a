import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { HeldMemory } from '../limits/answer-memory.ts';
import { MessageProgress } from './message-progress.ts';

/**
 * Counts what has come of a message until it is whole.
 * @param open for each message
 * @param onRefused called where there is no memory for it
 */
export function holdHalfSent(
  socket: WebSocket,
  connection: Duplex,
  { open, onRefused }: { open(): HeldMemory; onRefused(): void },
): void {
  const progress = new MessageProgress();
  let held: HeldMemory | null = null;
  let bytes = 0;
  const release = () => {
    held?.release();
    [held, bytes] = [null, 0];
  };
  // Before the socket takes it apart, which may end the connection.
  connection.prependListener('data', (chunk: Buffer) => {
    if (progress.receive(chunk)) release();
    const more = progress.bytes - bytes;
    if (more === 0) return;
    bytes += more;
    held ??= open();
    if (more < 0) return held.giveBack(-more);
    try {
      held.take(more);
    } catch {
      onRefused();
    }
  });
  socket.once('close', release);
}
