import { mistaken } from './mistake.ts';

/** The characters of descriptors, in the groups of BIP 380. */
const CHARACTERS = '0123456789()[],\'/*abcdefgh@:$%{}IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~ijklmnopqrstuvwxyzABCDEFGH`#"\\ ';
const CHECKSUM_LETTERS = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const CHECKSUM_LENGTH = 8;
/** The 40-bit terms of the polynomial, in two halves: numbers of 20 bits are much faster than large ones. */
const GENERATOR = [
  [0xf5dee, 0x51989],
  [0xa9fdc, 0xa3312],
  [0x1bab1, 0x0e32d],
  [0x3706b, 0x1677a],
  [0x644d6, 0x26ffd],
] as const;

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
  const state = new ChecksumState();
  let groups = 0;
  let count = 0;
  for (const character of text) {
    const place = CHARACTERS.indexOf(character);
    if (place < 0) return null;
    state.mix(place & 31);
    groups = 3 * groups + (place >> 5);
    count += 1;
    if (count % 3 > 0) continue;
    state.mix(groups);
    groups = 0;
  }
  if (count % 3 > 0) state.mix(groups);
  for (let i = 0; i < CHECKSUM_LENGTH; i++) state.mix(0);
  return state.letters;
}

/** The remainder of the polynomial of BIP 380: 40 bits. */
class ChecksumState {
  #upper = 0;
  #lower = 1;

  mix(value: number): void {
    const top = this.#upper >> 15;
    this.#upper = ((this.#upper & 0x7fff) << 5) | (this.#lower >> 15);
    this.#lower = ((this.#lower & 0x7fff) << 5) ^ value;
    for (const [i, [upper, lower]] of GENERATOR.entries()) {
      if (((top >> i) & 1) === 0) continue;
      this.#upper ^= upper;
      this.#lower ^= lower;
    }
  }

  get letters(): string {
    const of = (half: number) => [15, 10, 5, 0].map((shift) => CHECKSUM_LETTERS[(half >> shift) & 31]).join('');
    return of(this.#upper) + of(this.#lower ^ 1);
  }
}
