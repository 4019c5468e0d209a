import { ChunkWindow } from '../../src/chain/block.ts';
import { ByteReader, MalformedBytesError } from '../../src/chain/bytes.ts';
import type { SpentOutput } from '../../src/chain/inputs-outputs.ts';

/** What comes before an output's script. */
export interface OutputHead {
  /** Satoshis. */
  readonly value: number;
  /** Of the script as it is written, in bytes. */
  readonly scriptSize: number;
  /** Which of the format's ways the script is written in. */
  readonly kind: number;
}

/** How outputs are written. */
export interface OutputFormat {
  /** The most bytes that a head takes. */
  readonly maxHeadSize: number;
  /** The most outputs of one list [any number]: each takes much more memory than bytes. */
  readonly maxListLength?: number;
  /** @throws MalformedBytesError */
  readHead(reader: ByteReader): OutputHead;
  /** The script, in bytes of its own. */
  readScript(reader: ByteReader, head: OutputHead): Uint8Array;
}

/** The most bytes that the CompactSize of a count takes. */
const MAX_COUNT_SIZE = 9;

/**
 * Reads a serialized list of lists of outputs (Core: vector<vector<...>>), one list at a time, holding little more than
 * the chunk at hand and the list.
 * @throws MalformedBytesError also if the bytes end early, or do not end behind the last list; errors of the source
 *   pass through
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

/** Reads fields from chunks, as far as they have come without waiting. */
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

  /** A reader of what comes next, if so many bytes are there already; else null. */
  at(size: number): ByteReader | null {
    return this.#reader.remaining >= size ? this.#reader : null;
  }

  /** A reader of what comes next, so many bytes, or all that are left. */
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
