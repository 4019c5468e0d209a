import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { type Account, pointsOfBytes } from '../cost/bill.ts';
import type { HeldMemory } from '../limits/memory.ts';

/** What any message costs, in points; an operation that it begins costs extra. */
const MESSAGE_PRICE = 1;

/**
 * The first message, by which a connection authenticates, is accepted even if its address has no points left; the most bytes of
 * it.
 */
const INTRODUCTION_BYTES = 1_024;

/** An account that can be waited for. */
interface PatientAccount extends Account {
  /** Resolves when so many points are spent, or at the signal. */
  spendInTime(points: number, signal: AbortSignal): Promise<void>;
}

/**
 * Passes on the messages of a WebSocket one by one, each once it is paid. A caller without points is not read from until it has
 * some again: its messages wait on its side.
 * @param accountOf returns the account of the caller; null if everything is free
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
      // A message that cannot be paid ends the connection.
      .catch(() => socket.terminate());
  });
}

/**
 * Counts the received part of a message as memory until the message is complete.
 * @param open opens the memory for each message
 * @param onRefused called if there is no memory for it
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
  // Before the socket parses the chunk, which may end the connection.
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

/** The parts of a frame's head, in bytes: two that every frame has, a longer payload length, and a mask. */
const FIXED_BYTES = 2;
const MASK_BYTES = 4;
const FIN = 0x80;
const MASKED = 0x80;
/** Operation codes from here on are pings, pongs and closes, which may occur between the frames of a message. */
const FIRST_CONTROL = 8;

/** Parses the frames (RFC 6455) that a client sends, and counts the bytes of an incomplete message. */
export class MessageProgress {
  /** The received part of a frame's head. */
  readonly #head = Buffer.alloc(14);
  #headBytes = 0;
  /** Bytes of a frame's payload that are still to come; null until its head is complete. */
  #toCome: number | null = null;
  #frameBytes = 0;
  #earlierBytes = 0;

  /** Of the incomplete frame, and of earlier frames of the same message. */
  get bytes(): number {
    return this.#earlierBytes + this.#frameBytes;
  }

  /** @returns whether a message is complete now */
  receive(chunk: Buffer): boolean {
    let isWhole = false;
    for (let at = 0; at < chunk.length; ) {
      at += this.#toCome === null ? this.#takeHead(chunk[at]!) : this.#takePayload(chunk.length - at);
      if (this.#toCome === 0) isWhole = this.#endFrame() || isWhole;
    }
    return isWhole;
  }

  /** @returns bytes that were consumed: one */
  #takeHead(byte: number): number {
    this.#head[this.#headBytes++] = byte;
    this.#frameBytes += 1;
    if (this.#headBytes >= this.#headLength) this.#toCome = this.#payloadLength;
    return 1;
  }

  #takePayload(available: number): number {
    const taken = Math.min(available, this.#toCome!);
    this.#toCome! -= taken;
    this.#frameBytes += taken;
    return taken;
  }

  /** @returns whether its message is complete now */
  #endFrame(): boolean {
    const isControl = (this.#head[0]! & 0x0f) >= FIRST_CONTROL;
    const isLast = !isControl && (this.#head[0]! & FIN) !== 0;
    if (isLast) this.#earlierBytes = 0;
    else if (!isControl) this.#earlierBytes += this.#frameBytes;
    [this.#headBytes, this.#frameBytes, this.#toCome] = [0, 0, null];
    return isLast;
  }

  get #headLength(): number {
    if (this.#headBytes < FIXED_BYTES) return FIXED_BYTES;
    return FIXED_BYTES + this.#lengthBytes + ((this.#head[1]! & MASKED) === 0 ? 0 : MASK_BYTES);
  }

  /** Of a length that does not fit into seven bits. */
  get #lengthBytes(): number {
    const short = this.#head[1]! & 0x7f;
    return short === 126 ? 2 : short === 127 ? 8 : 0;
  }

  get #payloadLength(): number {
    const bytes = this.#lengthBytes;
    if (bytes === 0) return this.#head[1]! & 0x7f;
    return bytes === 2 ? this.#head.readUInt16BE(FIXED_BYTES) : Number(this.#head.readBigUInt64BE(FIXED_BYTES));
  }
}
