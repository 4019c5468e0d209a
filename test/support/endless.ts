import type { ServerResponse } from 'node:http';

/** Answers with the same piece of text without end, as fast as the client reads, until the connection ends. */
export function endless(response: ServerResponse, piece: string | Uint8Array): void {
  response.on('error', () => {});
  const go = (): void => {
    if (response.destroyed) return;
    if (response.write(piece)) setImmediate(go);
    else response.once('drain', go);
  };
  go();
}

/** Answers with one byte at intervals, until the connection ends. */
export function drip(response: ServerResponse, byte = ' '): void {
  response.on('error', () => {});
  const timer = setInterval(() => response.write(byte), 20);
  response.on('close', () => clearInterval(timer));
}
