import { concatBytes, viewOf } from './bytes.ts';

const NOTHING = new Uint8Array(0);

/**
 * The part of a byte stream that is being read, as one run of bytes. Its bytes are never written again, so views of
 * them stay good for as long as someone keeps them.
 */
export class ChunkWindow {
  bytes: Uint8Array = NOTHING;
  /** The offset in the stream at which `bytes` starts. */
  position = 0;
  private readonly chunks: AsyncIterator<Uint8Array>;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.chunks = chunks[Symbol.asyncIterator]();
  }

  /**
   * Drops what lies before `start` and reads on until `size` bytes are there. What is kept is at least doubled, so that
   * a large transaction in small chunks is not copied again for each of them.
   * @returns false if the stream ended before
   */
  async refill(start: number, size: number): Promise<boolean> {
    const kept = viewOf(this.bytes, start, this.bytes.length);
    const parts = kept.length === 0 ? [] : [kept];
    const wanted = Math.max(size, 2 * kept.length);
    let held = kept.length;
    while (held < wanted) {
      const { done, value } = await this.chunks.next();
      if (done) break;
      parts.push(value);
      held += value.length;
    }
    this.position += start;
    this.bytes = parts.length === 1 ? parts[0]! : concatBytes(...parts);
    return held >= size;
  }

  /** Tells the source that no more will be read. */
  async close(): Promise<void> {
    await this.chunks.return?.();
  }
}
