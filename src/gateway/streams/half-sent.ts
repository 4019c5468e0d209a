import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { HeldMemory } from '../limits/answer-memory.ts';

/** What a ping or pong of a client takes beside what is in it (RFC 6455: header and mask). */
const FRAME_BYTES = 6;

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
  let held: HeldMemory | null = null;
  const release = () => {
    held?.release();
    held = null;
  };
  // Before the socket takes it apart, which may make the message whole.
  connection.prependListener('data', (chunk: Buffer) => {
    held ??= open();
    try {
      held.take(chunk.length);
    } catch {
      onRefused();
    }
  });
  const isNone = (data: Buffer) => held?.giveBack(data.length + FRAME_BYTES);
  socket.on('message', release).on('ping', isNone).on('pong', isNone).once('close', release);
}
