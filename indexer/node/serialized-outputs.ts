import { ChunkWindow } from '../../src/chain/block.ts';
import { ByteReader, MalformedBytesError } from '../../src/chain/bytes.ts';
import type { SpentOutput } from '../../src/chain/inputs-outputs.ts';

/** What comes before an output's script. */
export interface OutputHead {
  /** Satoshis. */
  readonly value: number;
  /** Length of the script as it is written, in bytes. */
  readonly scriptSize: number;
  /** The format's kind of script encoding. */
  readonly kind: number;
}

/** A format of outputs. */
export interface OutputFormat {
  /** Longest head, in bytes. */
  readonly maxHeadSize: number;
  /** The most outputs in one list [any number]: each takes much more memory than its bytes. */
  readonly maxListLength?: number;
  /** @throws MalformedBytesError */
  readHead(reader: ByteReader): OutputHead;
  /** The script, as a copy. */
  readScript(reader: ByteReader, head: OutputHead): Uint8Array;
}

/** Longest CompactSize of a count, in bytes. */
const MAX_COUNT_SIZE = 9;

/**
 * Reads a serialized list of lists of outputs (Core: vector<vector<...>>), one list at a time, holding little more than
 * the chunk at hand and the list.
 * @throws MalformedBytesError also if the bytes end early, or continue after the last list; errors of the source pass
 *   through
 */
export async function* readOutputLists(
  chunks: AsyncIterable<Uint8Array>,
  format: OutputFormat,
): AsyncGenerator<SpentOutput[]> {
  const reader = new ChunkReader(chunks);
  try {
    for (let left = await reader.count(); left > 0; left--) yield await readList(reader, format);
    if ((await reader.ahead(1)).remaining > 0)
      throw new MalformedBytesError('bytes follow the last list', reader.position);
  } finally {
    await reader.close();
  }
}

async function readList(reader: ChunkReader, format: OutputFormat): Promise<SpentOutput[]> {
  const outputs: SpentOutput[] = [];
  const count = await reader.count();
  if (count > (format.maxListLength ?? Number.POSITIVE_INFINITY)) {
    throw new MalformedBytesError(`one list of ${count} outputs`, reader.position);
  }
  for (let left = count; left > 0; left--) {
    const head = format.readHead(reader.at(format.maxHeadSize) ?? (await reader.ahead(format.maxHeadSize)));
    const bytes = reader.at(head.scriptSize) ?? (await reader.ahead(head.scriptSize));
    outputs.push({ value: head.value, script: format.readScript(bytes, head) });
  }
  return outputs;
}

/** Reads fields from chunks; without waiting if their bytes are there already. */
class ChunkReader {
  readonly #window: ChunkWindow;
  #reader = new ByteReader(new Uint8Array(0));

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#window = new ChunkWindow(chunks);
  }

  /** The offset of the next byte in the stream. */
  get position(): number {
    return this.#window.position + this.#reader.offset;
  }

  /** A reader of the next bytes, if `size` of them are there already; else null. */
  at(size: number): ByteReader | null {
    return this.#reader.remaining >= size ? this.#reader : null;
  }

  /** A reader of the next `size` bytes, or of all that are left. */
  async ahead(size: number): Promise<ByteReader> {
    if (this.#reader.remaining < size) {
      await this.#window.refill(this.#reader.offset, size);
      this.#reader = new ByteReader(this.#window.bytes);
    }
    return this.#reader;
  }

  async count(): Promise<number> {
    return (this.at(MAX_COUNT_SIZE) ?? (await this.ahead(MAX_COUNT_SIZE))).compactSize();
  }

  close(): Promise<void> {
    return this.#window.close();
  }
}
