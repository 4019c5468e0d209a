const SHORT = 32;

/** Writes little-endian fields in order. Values that do not fit are cut. */
export class ByteWriter {
  private buffer: Uint8Array<ArrayBuffer>;
  private used = 0;

  /** @param memory the initial capacity in bytes, or memory to overwrite */
  constructor(memory: number | Uint8Array<ArrayBuffer> = 256) {
    this.buffer = typeof memory === 'number' ? new Uint8Array(memory) : memory;
  }

  u8(value: number): this {
    const at = this.grow(1);
    this.buffer[at] = value;
    return this;
  }

  u16(value: number): this {
    return this.u8(value).u8(value >>> 8);
  }

  u32(value: number): this {
    const at = this.grow(4);
    for (let i = 0; i < 4; i++) this.buffer[at + i] = value >>> (8 * i);
    return this;
  }

  i32(value: number): this {
    return this.u32(value);
  }

  /** Big-endian, for keys that are compared as bytes. */
  u32be(value: number): this {
    const at = this.grow(4);
    for (let i = 0; i < 4; i++) this.buffer[at + i] = value >>> (24 - 8 * i);
    return this;
  }

  /** A whole number from 0 to 2^53 - 1. */
  u64(value: number): this {
    return this.u32(value % 0x1_0000_0000).u32(Math.floor(value / 0x1_0000_0000));
  }

  compactSize(size: number): this {
    if (size < 0xfd) return this.u8(size);
    if (size <= 0xffff) return this.u8(0xfd).u16(size);
    return size <= 0xffff_ffff ? this.u8(0xfe).u32(size) : this.u8(0xff).u64(size);
  }

  bytes(bytes: Uint8Array): this {
    const { length } = bytes;
    const at = this.grow(length);
    // A call into the engine costs more than a few bytes.
    if (length > SHORT) this.buffer.set(bytes, at);
    else for (let i = 0; i < length; i++) this.buffer[at + i] = bytes[i]!;
    return this;
  }

  /** The first bytes of an array, followed by zeros if it has fewer. */
  padded(bytes: Uint8Array, length: number): this {
    const at = this.grow(length);
    for (let i = 0; i < length; i++) this.buffer[at + i] = i < bytes.length ? bytes[i]! : 0;
    return this;
  }

  /** The number of bytes written so far. */
  get length(): number {
    return this.used;
  }

  /** The current memory; it is replaced when it has to grow. */
  get memory(): Uint8Array {
    return this.buffer;
  }

  /** A copy of everything written so far. */
  finish(): Uint8Array {
    return this.buffer.slice(0, this.used);
  }

  /** The writer's own memory, which may be longer than what was written. The writer must not be used afterwards. */
  release(): Uint8Array<ArrayBuffer> {
    return this.buffer;
  }

  /** Makes room for some bytes and returns where they begin. */
  private grow(size: number): number {
    const at = this.used;
    this.used = at + size;
    if (this.used > this.buffer.length) {
      const larger = new Uint8Array(Math.max(this.used, 2 * this.buffer.length));
      larger.set(this.buffer);
      this.buffer = larger;
    }
    return at;
  }
}
