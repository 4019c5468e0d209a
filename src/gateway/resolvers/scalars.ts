import { GraphQLError, GraphQLScalarType, Kind, type ValueNode, valueFromASTUntyped } from 'graphql';
import { fromHex, hashFromHex, hashToHex, toHex } from '../../chain/bytes.ts';
import { hashMistake, hexMistake } from '../../chain/hex-mistakes.ts';

/**
 * Scalars convert what the code works with into what the API shows, and back: hashes and bytes are `Uint8Array` inside and
 * hexadecimal outside; moments are unix seconds inside.
 */
interface Conversion<Inside, Outside> {
  /** What a value has to be, as in "must be ...". */
  readonly expected: string;
  /** @returns undefined if it is not such a value */
  parse(value: unknown): Inside | undefined;
  serialize(value: unknown): Outside | undefined;
  /** What is wrong with a value that cannot be parsed, and what to do about it; null if `expected` says it all. */
  mistake(value: unknown): string | null;
}

function scalar<I, O>(
  name: string,
  { expected, parse, serialize, mistake }: Conversion<I, O>,
): GraphQLScalarType<I, O> {
  const checked = <T>(value: T | undefined, shown: unknown, nodes?: ValueNode): T => {
    if (value !== undefined) return value;
    const reason = Array.isArray(shown) ? 'give one value, not a list' : mistake(shown);
    const message = `${name} must be ${expected}, not ${excerpt(shown)}${reason === null ? '' : `: ${reason}`}.`;
    throw new GraphQLError(message, nodes === undefined ? {} : { nodes });
  };
  return new GraphQLScalarType<I, O>({
    name,
    serialize: (value) => checked(serialize(value), value),
    parseValue: (value) => checked(parse(value), value),
    parseLiteral: (node) => {
      const value = literal(node);
      return checked(parse(value), value, node);
    },
  });
}

/** The value of a literal of a kind that our scalars accept, or of a list, which is refused; null for any other kind. */
function literal(node: ValueNode): unknown {
  if (node.kind === Kind.STRING) return node.value;
  if (node.kind === Kind.LIST) return valueFromASTUntyped(node);
  return node.kind === Kind.INT || node.kind === Kind.FLOAT ? Number(node.value) : null;
}

const EXCERPT_LENGTH = 80;

function excerpt(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > EXCERPT_LENGTH ? `${text.slice(0, EXCERPT_LENGTH)}...` : text;
}

function bytes(value: unknown): Uint8Array | undefined {
  return value instanceof Uint8Array ? value : undefined;
}

/** Describes the mistake in a value that has to be a text of some form. */
function textMistake(mistakeOf: (text: string) => string | null): (value: unknown) => string | null {
  return (value) => {
    if (typeof value === 'string') return mistakeOf(value);
    return typeof value === 'number' ? 'give it in quotes' : null;
  };
}

const DIGITS = /^-?\d+(\.\d+)?$/;

/** Describes the mistake in a value that has to be a whole number. */
function numberMistake(value: unknown): string | null {
  if (typeof value === 'string') return DIGITS.test(value) ? 'give it without quotes' : null;
  if (typeof value !== 'number') return null;
  if (value < 0) return 'it is below 0';
  return Number.isInteger(value) ? 'it is too large' : 'it is not a whole number';
}

function safeInteger(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

const Hash = scalar<Uint8Array, string>('Hash', {
  expected: '64 hexadecimal digits',
  parse: (value) => (typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value) ? hashFromHex(value) : undefined),
  serialize: (value) => (bytes(value)?.length === 32 ? hashToHex(value as Uint8Array) : undefined),
  mistake: textMistake(hashMistake),
});

const Hex = scalar<Uint8Array, string>('Hex', {
  expected: 'hexadecimal digits, two for each byte',
  parse: (value) => (typeof value === 'string' && /^([0-9a-f]{2})*$/i.test(value) ? fromHex(value) : undefined),
  serialize: (value) => (value instanceof Uint8Array ? toHex(value) : undefined),
  mistake: textMistake(hexMistake),
});

const MAX_SATOSHIS = 21e14;

const Satoshis = scalar<number, number>('Satoshis', {
  expected: 'a whole number of satoshis from 0 to 2,100,000,000,000,000',
  parse: (value) => {
    const amount = safeInteger(value);
    return amount !== undefined && amount <= MAX_SATOSHIS ? amount : undefined;
  },
  // Values of the chain are shown as they are, on a test network even a sum above all coins of the main network.
  serialize: safeInteger,
  mistake: (value) => {
    const mistake = numberMistake(value);
    const isPart = typeof value === 'number' && value > 0 && !Number.isInteger(value);
    return isPart ? `${mistake}: 1 coin is 100,000,000 satoshis` : mistake;
  },
});

const UInt = scalar<number, number>('UInt', {
  expected: 'a whole number from 0 to 9,007,199,254,740,991',
  parse: safeInteger,
  serialize: safeInteger,
  mistake: numberMistake,
});

const Timestamp = scalar<number, number>('Timestamp', {
  expected: 'a moment in unix seconds',
  parse: safeInteger,
  serialize: safeInteger,
  mistake: numberMistake,
});

const DateTime = scalar<number, string>('DateTime', {
  expected: 'a moment in ISO 8601, such as 2015-05-20T19:08:22Z',
  parse: isoSeconds,
  serialize: (value) => (safeInteger(value) === undefined ? undefined : new Date(Number(value) * 1000).toISOString()),
  mistake: textMistake(isoMistake),
});

const Moment = scalar<number, number>('Moment', {
  expected: 'unix seconds, or ISO 8601 such as 2015-05-20 or 2015-05-20T19:08:22Z',
  parse: (value) => safeInteger(value) ?? isoSeconds(value),
  serialize: safeInteger,
  mistake: (value) => numberMistake(value) ?? textMistake(isoMistake)(value),
});

const MAX_CURSOR_LENGTH = 200;

/** The content of a cursor is checked where it is used. */
function cursor(name: string, expected: string): GraphQLScalarType<string, string> {
  return scalar<string, string>(name, {
    expected,
    parse: (value) => (typeof value === 'string' && value.length <= MAX_CURSOR_LENGTH ? value : undefined),
    serialize: (value) => (typeof value === 'string' ? value : undefined),
    mistake: textMistake(() => 'it is too long'),
  });
}

const Cursor = cursor('Cursor', 'a cursor as a page returned it');
const EventCursor = cursor('EventCursor', 'a cursor as an event or `chain { cursor }` returned it');

export const SCALARS = { Hash, Hex, Satoshis, UInt, Timestamp, DateTime, Moment, Cursor, EventCursor };

const ISO_8601 = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** A date alone is its midnight in UTC; a time needs its zone, since it has no meaning without one. */
function isoSeconds(value: unknown): number | undefined {
  if (typeof value !== 'string' || !ISO_8601.test(value)) return undefined;
  const seconds = Math.floor(Date.parse(value) / 1000);
  return seconds >= 0 && !isOverflown(value) ? seconds : undefined;
}

/** What is wrong with a text that is not such a moment; null if its form is wrong. */
function isoMistake(text: string): string | null {
  if (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?$/.test(text)) return 'add its time zone, "Z" for UTC';
  if (!ISO_8601.test(text)) return null;
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds) || isOverflown(text)) return 'the calendar has no such day, or the day no such time';
  return 'it is before 1970';
}

/** Whether the date does not exist, such as 2015-02-30, which `Date.parse` takes for a day of the next month. */
function isOverflown(text: string): boolean {
  const [year, month, day] = text.slice(0, 10).split('-').map(Number) as [number, number, number];
  return day > new Date(Date.UTC(year, month, 0)).getUTCDate();
}
