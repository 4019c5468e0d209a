import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ADDRESS } from './stage.ts';
import type { Attack, Target } from './target.ts';

const HOLD_MS = 600_000;
const TEXT = 1;
const CLOSE = 8;
const PING = 9;

/** A frame of RFC 6455 from a client, or one with the given faults. */
function frame(
  payload: string | Uint8Array,
  { opcode = TEXT, fin = true, masked = true, rsv = 0, length }: FrameOptions = {},
): Buffer {
  const bytes = Buffer.from(payload);
  const size = length ?? bytes.length;
  const start = [(fin ? 0x80 : 0) | (rsv << 4) | opcode];
  const mask = masked ? 0x80 : 0;
  if (size < 126) start.push(mask | size);
  else if (size < 0x1_0000) start.push(mask | 126, size >> 8, size & 0xff);
  else {
    const long = Buffer.alloc(8);
    long.writeBigUInt64BE(BigInt(size));
    start.push(mask | 127, ...long);
  }
  // A mask of zeros does not change the payload.
  return Buffer.concat([Buffer.from(start), Buffer.alloc(masked ? 4 : 0), bytes]);
}

interface FrameOptions {
  readonly opcode?: number;
  readonly fin?: boolean;
  readonly masked?: boolean;
  readonly rsv?: number;
  /** The length that the frame states, if it differs from the real one. */
  readonly length?: number;
}

export const HANDSHAKE = [
  'upgrade: websocket',
  'connection: upgrade',
  'sec-websocket-version: 13',
  'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-protocol: graphql-transport-ws',
];

export function upgrade(target: Target, lines: readonly string[] = HANDSHAKE): string {
  const own = ['GET /graphql HTTP/1.1', `host: ${target.host}`, `x-forwarded-for: ${target.source()}`];
  return `${[...own, ...lines].join('\r\n')}\r\n\r\n`;
}

export const INIT = frame(JSON.stringify({ type: 'connection_init' }));
export const message = (value: unknown) => frame(JSON.stringify(value));
const SUBSCRIPTIONS = [
  'subscription { blocks { kind } }',
  'subscription { transactions { cursor kind transaction { hex outputs { address data { pushes { utf8 } } } } } }',
  `subscription { address(addresses: ["${ADDRESS}"]) { kind } }`,
];

function subscribe(target: Target, id: unknown, query: unknown = target.pick(SUBSCRIPTIONS)): Buffer {
  return message({ id, type: 'subscribe', payload: { query } });
}

const MESSAGES: readonly ((target: Target) => Buffer)[] = [
  () => INIT,
  () => message({ type: 'connection_init', payload: { authorization: 'x' } }),
  () => message({ type: 'connection_init', payload: { authorization: { x: 1 } } }),
  () => message({ type: 'connection_init', payload: 7 }),
  (target) => subscribe(target, '1'),
  (target) => subscribe(target, target.pick(['1', '2', '__proto__', 'constructor', '', 7, null, 'x'.repeat(9_000)])),
  (target) =>
    subscribe(
      target,
      '3',
      target.pick<unknown>(['{', '{ chain { lag } }', 'mutation { x }', '', null, {}, 'subscription { nothing }']),
    ),
  (target) => subscribe(target, '5', 'subscription { a: blocks { kind } b: blocks { kind } }'),
  () =>
    message({
      id: '4',
      type: 'subscribe',
      payload: { query: 'subscription ($a: EventCursor) { blocks(after: $a) { kind } }', variables: { a: 'AAAA' } },
    }),
  () =>
    message({ id: '4', type: 'subscribe', payload: { query: '{ chain { lag } }', variables: [], operationName: 7 } }),
  () => message({ id: '4', type: 'subscribe' }),
  () => message({ id: '1', type: 'complete' }),
  () => message({ id: 'unknown', type: 'complete' }),
  () => message({ id: '1', type: 'next', payload: {} }),
  () => message({ id: '1', type: 'error', payload: [] }),
  () => message({ type: 'connection_ack' }),
  () => message({ type: 'ping', payload: { x: 'y'.repeat(1_000) } }),
  () => message({ type: 'ping', payload: [] }),
  () => message({ type: 'pong' }),
  () => message({ type: 'start', id: '1' }),
  () => message({ type: '__proto__' }),
  () => message([]),
  () => message(null),
  () => frame('{"type":"connection_init","__proto__":{"x":1}}'),
  () => frame('{'),
  () => frame(''),
  () => frame('['.repeat(50_000)),
  () => frame(Buffer.from('c328', 'hex')),
  () => frame('x', { opcode: 2 }),
  () => frame('x', { opcode: 3 }),
  () => frame('x', { opcode: 11 }),
  () => frame('x', { rsv: 4 }),
  () => frame('x', { masked: false }),
  () => frame('x', { opcode: 0 }),
  () => frame('{"type":', { fin: false }),
  () => Buffer.concat(Array.from({ length: 1_000 }, (_, i) => frame('x', { fin: false, opcode: i === 0 ? TEXT : 0 }))),
  () => frame('x'.repeat(200_000)),
  () => frame('x', { length: 2 ** 40 }),
  () => frame('x', { length: 99_000 }),
  () => frame('x'.repeat(200), { opcode: PING }),
  () => frame('', { opcode: PING, fin: false }),
  () => frame('', { opcode: PING }),
  () => frame('x', { opcode: CLOSE }),
  () => frame(Buffer.from([0x03, 0xe7]), { opcode: CLOSE }),
  ({ random }) => Buffer.from(random.bytes(random.below(200))),
];

/** Close codes for failures inside the gateway: RFC 6455's, graphql-transport-ws's. */
const FORBIDDEN_CODES = [1011, 4500];

/** The texts that a server sent, and its close code. */
function readFrames(bytes: Buffer): { texts: string; code: number | null } {
  let texts = '';
  for (let at = bytes.indexOf('\r\n\r\n') + 4; at >= 4 && at + 2 <= bytes.length; ) {
    const [opcode, short] = [bytes[at]! & 0x0f, bytes[at + 1]! & 0x7f];
    const wide = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (at + 2 + wide > bytes.length) break;
    const size = wide === 0 ? short : wide === 2 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    const payload = bytes.subarray(at + 2 + wide, at + 2 + wide + size);
    if (opcode === CLOSE) return { texts, code: payload.length < 2 ? 1005 : payload.readUInt16BE(0) };
    texts += payload.toString();
    at += 2 + wide + size;
  }
  return { texts, code: null };
}

function hear(socket: Socket): Buffer[] {
  const heard: Buffer[] = [];
  let size = 0;
  socket.on('data', (chunk: Buffer) => {
    if (size < 256 * 1024) heard.push(chunk);
    size += chunk.length;
  });
  return heard;
}

/** Messages in any order, right and wrong. */
export const frames: Attack = async (target) => {
  const socket = await target.connect();
  const heard = hear(socket);
  socket.write(upgrade(target));
  const sent: Buffer[] = target.random.below(3) === 0 ? [] : [INIT];
  const count = 1 + target.random.below(8);
  for (let i = 0; i < count; i++) sent.push(target.pick(MESSAGES)(target));
  for (const one of sent) socket.write(one);
  await target.untilClosed(socket, target.pick([10, 100, 1_000]));
  socket.destroy();
  const { texts, code } = readFrames(Buffer.concat(heard));
  const outcome = code ?? 'open';
  const isForbidden = code !== null && FORBIDDEN_CODES.includes(code);
  const told = isForbidden ? `INTERNAL_SERVER_ERROR ${code}` : texts;
  target.told('frames', outcome, told, Buffer.concat(sent).toString('latin1'));
};

const HANDSHAKES: readonly (readonly string[])[] = [
  HANDSHAKE.slice(0, 2),
  HANDSHAKE.slice(0, 4),
  HANDSHAKE.with(2, 'sec-websocket-version: 99'),
  HANDSHAKE.with(3, 'sec-websocket-key: x'),
  HANDSHAKE.with(4, 'sec-websocket-protocol: graphql-ws'),
  HANDSHAKE.with(4, 'sec-websocket-protocol: ,,;'),
  HANDSHAKE.with(0, 'upgrade: something'),
  [...HANDSHAKE, 'sec-websocket-extensions: permessage-deflate; server_max_window_bits=99'],
  [...HANDSHAKE, 'sec-websocket-extensions: ;;;'],
  [...HANDSHAKE, 'content-length: 5'],
];

export const handshakes: Attack = (target) =>
  target.exchange('handshakes', [upgrade(target, target.pick(HANDSHAKES)), INIT]);

/** Connections that send nothing, or only pings. */
export const idleSockets: Attack = async (target) => {
  const socket = await target.connect();
  socket.resume();
  socket.write(upgrade(target));
  if (target.random.below(2) === 0) socket.write(INIT);
  await target.untilClosed(socket, HOLD_MS);
  target.told('idle sockets', socket.closed ? 'closed' : 'open', '', '');
};

/** Subscribes, and disconnects, with or without a close. */
export const vanishingSockets: Attack = async (target) => {
  const socket = await target.connect();
  socket.resume();
  socket.write(upgrade(target));
  socket.write(INIT);
  for (let i = 0; i < 30; i++) socket.write(subscribe(target, String(i)));
  await target.untilClosed(socket, target.random.below(300));
  if (target.random.below(2) === 0) socket.resetAndDestroy();
  else socket.destroy();
  target.told('vanishing sockets', 'gone', '', '');
};

/** Begins operations with an id before earlier ones with that id have begun or ended, and disconnects. */
export const reusedIds: Attack = async (target) => {
  const socket = await target.connect();
  socket.resume();
  socket.write(upgrade(target));
  socket.write(INIT);
  const complete = message({ id: 'a', type: 'complete' });
  for (let i = 0; i < 20; i++) {
    const turns = 1 + target.random.below(3);
    socket.write(Buffer.concat(Array.from({ length: turns }, () => [subscribe(target, 'a'), complete]).flat()));
    await sleep(target.random.below(50), undefined, { signal: target.signal });
  }
  socket.write(Buffer.concat([subscribe(target, 'a'), complete, subscribe(target, 'a')]));
  await target.untilClosed(socket, target.random.below(100));
  socket.destroy();
  target.told('reused ids', 'gone', '', '');
};

/** Subscribes by server-sent events, and disconnects, or stays without reading. */
export const abandonedEvents: Attack = async (target) => {
  const socket = await target.connect();
  const query = encodeURIComponent(target.pick(SUBSCRIPTIONS));
  const lines = [`GET /graphql?query=${query} HTTP/1.1`, `host: ${target.host}`, `x-forwarded-for: ${target.source()}`];
  socket.write(`${[...lines, 'accept: text/event-stream'].join('\r\n')}\r\n\r\n`);
  if (target.random.below(4) === 0) {
    socket.pause();
    await target.untilClosed(socket, 5_000);
  } else {
    await target.untilClosed(socket.resume(), target.random.below(200));
  }
  socket.destroy();
  target.told('abandoned events', 'gone', '', '');
};

/** Sends messages that need answers, and reads none. */
export const deafSockets: Attack = async (target) => {
  const socket = await target.connect();
  socket.pause();
  socket.write(upgrade(target));
  socket.write(INIT);
  const flood = Buffer.concat(
    Array.from({ length: 1_000 }, () =>
      target.pick([frame('x'.repeat(125), { opcode: PING }), message({ type: 'ping' })]),
    ),
  );
  for (let i = 0; i < 200 && !socket.closed && !target.signal.aborted; i++) {
    if (socket.write(flood)) continue;
    const over = new AbortController();
    socket.once('drain', () => over.abort()).once('close', () => over.abort());
    await sleep(2_000, undefined, { signal: AbortSignal.any([over.signal, target.signal]) }).catch(() => {});
  }
  await target.untilClosed(socket, 20_000);
  target.told('deaf sockets', socket.closed ? 'closed' : 'open', '', '');
  socket.destroy();
};
