import { push } from '../../dev/data-output.ts';
import { concatBytes, viewOf } from '../../src/chain/bytes.ts';
import { OP_0, OP_RETURN } from '../../src/chain/script.ts';
import type { Random, Range } from './random.ts';

/** The prefixes of some protocols' data, the most common one first. */
const PROTOCOLS = ['omni', 'SLP\0', '1BenchmarkProtocolAddressXXXXXXXX', 'memo', 'proof:', 'ss01', 'v1\0\0'].map(
  bytesOf,
);
const PROTOCOL_SHARE = 0.7;
const TEXT_SHARE = 0.3;
const WORDS = `the of a to block chain time stamp hello world proof hash paid for in full order number message from
Alice Bob genesis market price swap deposit withdraw vote yes no token transfer mint burn name domain record file image
text signed notary document contract 2024 2025 100 21 million`.split(/\s+/);

const PUSHES: readonly Range[] = [
  [0.5, 1, 1],
  [0.25, 2, 2],
  [0.25, 3, 4],
];
const LENGTHS: readonly Range[] = [
  [0.3, 2, 20],
  [0.42, 20, 40],
  [0.25, 41, 80],
  [0.03, 81, 600],
];

/** The script of a data output. BSV's begin with OP_FALSE, which keeps them unspendable there. */
export function dataScript(pushes: readonly Uint8Array[], withFalse: boolean): Uint8Array {
  const start = withFalse ? Uint8Array.of(OP_0, OP_RETURN) : Uint8Array.of(OP_RETURN);
  return concatBytes(start, ...pushes.map(push));
}

/** 1 to 4 pushes: many begin with the name of a protocol, the others are text or look random. */
export function ordinaryPushes(random: Random): Uint8Array[] {
  const pushes = Array.from({ length: random.among(PUSHES) }, () => payload(random));
  if (!random.chance(PROTOCOL_SHARE)) return pushes;
  const protocol = PROTOCOLS[random.skewed(PROTOCOLS.length)]!;
  const [first, ...others] = pushes;
  return others.length === 0 ? [concatBytes(protocol, first!)] : [protocol, ...others];
}

function payload(random: Random): Uint8Array {
  const length = random.among(LENGTHS);
  return random.chance(TEXT_SHARE) ? text(random, length) : random.bytes(length);
}

function text(random: Random, length: number): Uint8Array {
  let words = '';
  while (words.length < length) words += `${WORDS[random.below(WORDS.length)]} `;
  return viewOf(bytesOf(words), 0, length);
}

function bytesOf(ascii: string): Uint8Array {
  return new TextEncoder().encode(ascii);
}
