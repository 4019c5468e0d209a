/** What a frame begins with, in bytes: two that every frame has, a longer length of the payload, and a mask. */
const FIXED_BYTES = 2;
const MASK_BYTES = 4;
const FIN = 0x80;
const MASKED = 0x80;
/** Operation codes from here on are of pings, pongs and closes, which may stand between the parts of a message. */
const FIRST_CONTROL = 8;

/** Follows the frames (RFC 6455) that a client sends, and tells how much has come of a message that is not whole. */
export class MessageProgress {
  /** The beginning of a frame, as far as it has come. */
  readonly #head = Buffer.alloc(14);
  #headBytes = 0;
  /** What is still to come of the payload of a frame; null until its head is there. */
  #toCome: number | null = null;
  #frameBytes = 0;
  #earlierBytes = 0;

  /** Of the frame that comes, and of those before it that are of the same message. */
  get bytes(): number {
    return this.#earlierBytes + this.#frameBytes;
  }

  /** @returns whether that made a message whole */
  receive(chunk: Buffer): boolean {
    let isWhole = false;
    for (let at = 0; at < chunk.length; ) {
      at += this.#toCome === null ? this.#takeHead(chunk[at]!) : this.#takePayload(chunk.length - at);
      if (this.#toCome === 0) isWhole = this.#endFrame() || isWhole;
    }
    return isWhole;
  }

  /** @returns bytes that were taken: one */
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

  /** @returns whether its message is whole by that */
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
