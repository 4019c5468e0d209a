import { fromHex } from '../chain/bytes.ts';
import { BitqlError } from '../errors.ts';

/** Heights have three bytes in the store; the chain needs three more centuries to exceed that. */
const MAX_HEIGHT = 2 ** 24 - 1;
/** Unix seconds have four bytes in a header. */
const MAX_TIME = 2 ** 32 - 1;
/** All coins that will ever exist, in satoshis. */
const MAX_MONEY = 21_000_000 * 1e8;
/** Core: MAX_SUBVERSION_LENGTH; other words are shorter. */
const MAX_TEXT = 256;
const HASH = /^[0-9a-f]{64}$/;
/** Up to 256 bits. */
const WORK = /^[0-9a-f]{1,64}$/;

/**
 * An object in a node's answer, whose fields are checked when they are read.
 * @throws each method: NODE_REFUSED that names call and field
 */
export class AnswerFields {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #method: string;

  private constructor(fields: Readonly<Record<string, unknown>>, method: string) {
    this.#fields = fields;
    this.#method = method;
  }

  /** @throws NODE_REFUSED if it is not an object */
  static of(answer: unknown, method: string): AnswerFields {
    if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) throw odd(method, 'is not an object');
    return new AnswerFields(answer as Record<string, unknown>, method);
  }

  /** The unchecked value, for one that is parsed elsewhere, or only compared. */
  raw(field: string): unknown {
    return this.#fields[field];
  }

  has(field: string): boolean {
    return this.#fields[field] !== undefined;
  }

  text(field: string): string {
    const value = this.#fields[field];
    if (typeof value === 'string' && value.length <= MAX_TEXT) return value;
    throw this.#odd(`no text of at most ${MAX_TEXT} characters`, field);
  }

  /** In display-order hex. */
  hash(field: string): string {
    const value = this.#fields[field];
    if (typeof value === 'string' && HASH.test(value)) return value;
    throw this.#odd('no hash', field);
  }

  height(field: string): number {
    return this.count(field, MAX_HEIGHT, 'height');
  }

  /** Unix seconds. */
  time(field: string): number {
    return this.count(field, MAX_TIME, 'time');
  }

  /** A whole number, at least 0. */
  count(field: string, most: number = Number.MAX_SAFE_INTEGER, what = 'count'): number {
    const value = this.#fields[field];
    if (Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most) return value as number;
    throw this.#odd(`no ${what} from 0 to ${most}`, field);
  }

  work(field: string): bigint {
    const value = this.#fields[field];
    if (typeof value === 'string' && WORK.test(value)) return BigInt(`0x${value}`);
    throw this.#odd('no hexadecimal number of at most 256 bits', field);
  }

  /** An amount in coins with 8 decimals, in satoshis. Up to 21 million, a double is exact enough. */
  amount(field: string): number {
    const value = this.#fields[field];
    const satoshis = typeof value === 'number' ? Math.round(value * 1e8) : Number.NaN;
    if (satoshis >= 0 && satoshis <= MAX_MONEY) return satoshis;
    throw this.#odd('no amount from 0 to 21 million', field);
  }

  bytes(field: string): Uint8Array {
    return bytesFromHex(this.#fields[field], `${this.#method}, "${field}",`);
  }

  list(field: string): readonly unknown[] {
    const value = this.#fields[field];
    if (Array.isArray(value)) return value;
    throw this.#odd('no list', field);
  }

  object(field: string): AnswerFields {
    return AnswerFields.of(this.#fields[field], `${this.#method}, "${field}",`);
  }

  #odd(what: string, field: string): BitqlError {
    return odd(this.#method, `has ${what} in "${field}"`);
  }
}

/** The hash of a block or transaction, in display-order hex. @throws NODE_REFUSED */
export function parseHash(answer: unknown, method = 'getblockhash'): string {
  if (typeof answer === 'string' && HASH.test(answer)) return answer;
  throw odd(method, 'is not a hash');
}

/** @throws NODE_REFUSED */
export function bytesFromHex(answer: unknown, method: string): Uint8Array {
  try {
    if (typeof answer === 'string') return fromHex(answer);
  } catch {
    // Reported below.
  }
  throw odd(method, 'is not hexadecimal text');
}

/** The objects of a list. @throws NODE_REFUSED */
export function listOf(answer: unknown, method: string): AnswerFields[] {
  return array(answer, method).map((item) => AnswerFields.of(item, method));
}

/** @throws NODE_REFUSED */
export function array(answer: unknown, method: string): readonly unknown[] {
  if (Array.isArray(answer)) return answer;
  throw odd(method, 'is not a list');
}

function odd(method: string, what: string): BitqlError {
  return new BitqlError('NODE_REFUSED', `bitcoind's answer to ${method} ${what}: is it bitcoind?`);
}
