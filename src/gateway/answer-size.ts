import type { FieldNode, GraphQLResolveInfo } from 'graphql';
import { BitqlError } from '../errors.ts';
import { FieldCounter } from './field-counter.ts';
import { surcharge } from './limits/bill.ts';

const MAX_FIELDS = 500_000;
/** Of one answer; of what is told of one event, which may wait for many readers. */
const MAX_BYTES = 64 * 1024 * 1024;
export const MAX_EVENT_BYTES = 8 * 1024 * 1024;
/** What a field takes in memory, roughly; and what a byte takes as hexadecimal text, alone and within the answer. */
export const BYTES_OF_FIELD = 64;
const BYTES_OF_BYTE = 4;

/**
 * Bounds what one request may be answered, whatever a query nests: the fields of all list items, and the bytes behind
 * hexadecimal and base64 text. Only what is really there counts, so a limit is met by few.
 */
export class AnswerSize {
  readonly #maxBytes: number;
  readonly #hold: (bytes: number) => void;
  readonly #charge: (points: number) => void;
  #fields = 0;
  #bytes = 0;
  #refused: BitqlError | undefined;
  readonly #selectionSizes = new WeakMap<readonly FieldNode[], number>();

  /**
   * @param hold told of the memory that it takes; it may throw [nobody]
   * @param charge told of the points that bytes cost beyond the price; it may throw [nobody]
   */
  constructor(
    maxBytes = MAX_BYTES,
    hold: (bytes: number) => void = () => {},
    charge: (points: number) => void = () => {},
  ) {
    this.#maxBytes = maxBytes;
    this.#hold = hold;
    this.#charge = charge;
  }

  /** Of all list items so far. */
  get fieldCount(): number {
    return this.#fields;
  }

  /** Behind hexadecimal and base64 text so far. */
  get byteCount(): number {
    return this.#bytes;
  }

  /** Counts the fields asked of each of some items. @throws BUDGET_EXCEEDED */
  add(items: number, info: GraphQLResolveInfo): void {
    const fields = items * this.#selectionSize(info);
    this.#fields += fields;
    this.#hold(fields * BYTES_OF_FIELD);
    if (this.#fields <= MAX_FIELDS) return;
    throw this.#refusal(
      `The answer would hold more than ${MAX_FIELDS} fields: ask for fewer items or fewer fields at once.`,
    );
  }

  /** Counts bytes that go out as text, and hands them on. @throws BUDGET_EXCEEDED */
  bytes(bytes: Uint8Array): Uint8Array {
    const before = surcharge(this.#bytes);
    this.#bytes += bytes.length;
    this.#charge(surcharge(this.#bytes) - before);
    if (this.#bytes <= this.#maxBytes) {
      this.#hold(bytes.length * BYTES_OF_BYTE);
      return bytes;
    }
    throw this.#refusal(
      `The answer would hold more than ${this.#maxBytes >> 20} MiB of scripts and data: ask for fewer items at once.`,
    );
  }

  /** The same one for all fields of a request that come too late: there may be very many. */
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
