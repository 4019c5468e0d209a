import type { FieldNode, GraphQLResolveInfo } from 'graphql';
import { BitqlError } from '../../errors.ts';
import type { Work } from '../../query/work.ts';
import { FieldCounter } from '../requests/fields.ts';

const MAX_FIELDS = 500_000;
/** The most bytes of one answer, and of one event, which may wait for many readers. */
const MAX_BYTES = 64 * 1024 * 1024;
export const MAX_EVENT_BYTES = 8 * 1024 * 1024;
/** The rough memory of a field, and that of a byte as hexadecimal text: alone and within the answer. */
export const BYTES_OF_FIELD = 256;
const BYTES_OF_BYTE = 4;

/** Bytes of scripts and data that the price includes. Further bytes cost extra, by the point. */
const INCLUDED_BYTES = 64 * 1024;
const BYTES_OF_POINT = 256;

/** An answer above one of these takes milliseconds to serialise. */
const LARGE_BYTES = 256 * 1024;
const LARGE_FIELDS = 20_000;

/**
 * Bounds the answer of one request, whatever a query nests: the fields of all list items, and the bytes shown as hexadecimal
 * and base64 text. Only existing items count, so few requests meet a limit.
 */
export class AnswerSize {
  readonly #maxBytes: number;
  readonly #work: Work;
  #fields = 0;
  #bytes = 0;
  #refused: BitqlError | undefined;
  readonly #selectionSizes = new WeakMap<readonly FieldNode[], number>();

  /** @param work where the answer and its memory are counted */
  constructor(work: Work, maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes;
    this.#work = work;
  }

  /** Fields of all list items so far. */
  get fieldCount(): number {
    return this.#fields;
  }

  /** Bytes shown as hexadecimal and base64 text so far. */
  get byteCount(): number {
    return this.#bytes;
  }

  /** Whether it takes long to serialise. */
  get isLarge(): boolean {
    return this.#bytes > LARGE_BYTES || this.#fields > LARGE_FIELDS;
  }

  /** Counts the fields selected on each of some items. @returns the number of fields of one item @throws BUDGET_EXCEEDED */
  add(items: number, info: GraphQLResolveInfo): number {
    const size = this.#selectionSize(info);
    const fields = items * size;
    this.#fields += fields;
    this.#work.add(fields);
    this.#work.hold(fields * BYTES_OF_FIELD);
    if (this.#fields <= MAX_FIELDS) return size;
    throw this.#refusal(
      `The answer would have more than ${MAX_FIELDS} fields: ask for fewer items or fewer fields at once.`,
    );
  }

  /** Counts bytes that are shown as text, and returns them. @throws BUDGET_EXCEEDED */
  bytes(bytes: Uint8Array): Uint8Array {
    const charged = pointsOf(this.#bytes);
    this.#bytes += bytes.length;
    this.#work.add(pointsOf(this.#bytes) - charged);
    if (this.#bytes <= this.#maxBytes) {
      this.#work.hold(bytes.length * BYTES_OF_BYTE);
      return bytes;
    }
    throw this.#refusal(
      `The answer would have more than ${this.#maxBytes >> 20} MiB of scripts and data: ask for fewer items at once.`,
    );
  }

  /** One error for all fields of a request that come too late: there may be very many. */
  #refusal(message: string): BitqlError {
    this.#refused ??= new BitqlError('BUDGET_EXCEEDED', message);
    return this.#refused;
  }

  #selectionSize({ fieldNodes, fragments }: GraphQLResolveInfo): number {
    const known = this.#selectionSizes.get(fieldNodes);
    if (known !== undefined) return known;
    const counter = new FieldCounter(fragments);
    const size = fieldNodes.reduce((sum, { selectionSet }) => sum + counter.count(selectionSet), 0);
    this.#selectionSizes.set(fieldNodes, Math.max(1, size));
    return Math.max(1, size);
  }
}

/** What some bytes of scripts and data cost: their size is not known before. */
function pointsOf(bytes: number): number {
  return Math.ceil(Math.max(0, bytes - INCLUDED_BYTES) / BYTES_OF_POINT);
}
