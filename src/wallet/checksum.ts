import { mistaken } from './mistake.ts';

/** The characters of descriptors, in the groups of BIP 380. */
const CHARACTERS = '0123456789()[],\'/*abcdefgh@:$%{}IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~ijklmnopqrstuvwxyzABCDEFGH`#"\\ ';
const CHECKSUM_LETTERS = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const CHECKSUM_LENGTH = 8;
const GENERATOR = [0xf5dee51989n, 0xa9fdca3312n, 0x1bab10e32dn, 0x3706b1677an, 0x644d626ffdn];

/**
 * A descriptor without its checksum, which is checked if it has one (BIP 380).
 * @throws BAD_DESCRIPTOR
 */
export function withoutChecksum(descriptor: string): string {
  const at = descriptor.indexOf('#');
  if (at < 0) return descriptor;
  const text = descriptor.slice(0, at);
  const given = descriptor.slice(at + 1);
  if (given.length !== CHECKSUM_LENGTH || given !== checksumOf(text)) {
    throw mistaken(
      'The checksum after "#" does not belong to this descriptor: a character is mistyped, missing or one too many. If you changed the descriptor, leave "#" and the checksum out.',
    );
  }
  return text;
}

/** The checksum of a descriptor; null if the text has a character that no descriptor has. */
function checksumOf(text: string): string | null {
  let state = 1n;
  let groups = 0;
  let count = 0;
  for (const character of text) {
    const place = CHARACTERS.indexOf(character);
    if (place < 0) return null;
    state = mixed(state, place & 31);
    groups = 3 * groups + (place >> 5);
    count += 1;
    if (count % 3 > 0) continue;
    state = mixed(state, groups);
    groups = 0;
  }
  if (count % 3 > 0) state = mixed(state, groups);
  for (let i = 0; i < CHECKSUM_LENGTH; i++) state = mixed(state, 0);
  state ^= 1n;
  const letterAt = (i: number) => CHECKSUM_LETTERS[Number((state >> BigInt(5 * (CHECKSUM_LENGTH - 1 - i))) & 31n)];
  return Array.from({ length: CHECKSUM_LENGTH }, (_, i) => letterAt(i)).join('');
}

/** A step of the polynomial of BIP 380. */
function mixed(state: bigint, value: number): bigint {
  const top = state >> 35n;
  const next = ((state & 0x7_ffff_ffffn) << 5n) ^ BigInt(value);
  return GENERATOR.reduce((sum, term, i) => ((top >> BigInt(i)) & 1n ? sum ^ term : sum), next);
}
