import { normalizeZ } from '@noble/curves/abstract/curve.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';

const { Point } = secp256k1;
const { Fp } = Point;
const P = Fp.ORDER;

/** A point of the curve other than zero. */
export interface AffinePoint {
  readonly x: bigint;
  readonly y: bigint;
}

/** A scalar of 32 bytes has so many digits, of so many bits each. */
const DIGITS = 32;
const BITS = 8;

/** With fewer points, the inversions that they share take longer than sums without any. */
const FEW = 16;

/**
 * The sums of points and multiples of the generator. They are made together, because the additions of affine points share their
 * inversions: each then takes a third of what it takes alone. Everything here is public, so it need not take the same time for all numbers.
 * @param scalars 32 bytes for each point. No sum may be zero.
 */
export function plusMultiples(points: readonly AffinePoint[], scalars: readonly Uint8Array[]): AffinePoint[] {
  if (points.length < FEW) return points.map((point, i) => plusMultiple(point, scalars[i]!));
  const sums = [...points];
  const special = new Set<number>();
  for (const [place, multiples] of GENERATOR.multiples.entries()) {
    const added = scalars.map((scalar) => multiples[digitAt(scalar, place) - 1] ?? null);
    addEach(sums, added, special);
  }
  return sums.map(({ x, y }, i) => {
    return special.has(i) ? plusMultiple(points[i]!, scalars[i]!) : { x: Fp.create(x), y: Fp.create(y) };
  });
}

/** The same for one point. */
function plusMultiple(point: AffinePoint, scalar: Uint8Array): AffinePoint {
  let sum = Point.fromAffine(point);
  for (const [place, multiples] of GENERATOR.multiples.entries()) {
    const multiple = multiples[digitAt(scalar, place) - 1];
    if (multiple !== undefined) sum = sum.add(Point.fromAffine(multiple));
  }
  return sum.toAffine();
}

/** A digit of a number, counted from the last. */
function digitAt(scalar: Uint8Array, place: number): number {
  return scalar[DIGITS - 1 - place]!;
}

/**
 * Adds a point to each sum; nothing where that is null. If the two have the same x, this would need another formula: nobody will ever see
 * that unless somebody looks for it.
 * @param special gets the places of such sums, which are wrong from then on
 */
function addEach(sums: AffinePoint[], added: readonly (AffinePoint | null)[], special: Set<number>): void {
  const places: number[] = [];
  const runs: bigint[] = [];
  let product = 1n;
  for (const [i, other] of added.entries()) {
    if (other === null) continue;
    const difference = other.x - sums[i]!.x;
    if (difference % P === 0n) special.add(i);
    else {
      places.push(i);
      runs.push(product);
      product = (product * difference) % P;
    }
  }
  // The inverse of all differences together; divided by the last one, it is that of the others.
  let inverse = Fp.inv(Fp.create(product));
  for (let at = places.length - 1; at >= 0; at--) {
    const i = places[at]!;
    const [{ x, y }, other] = [sums[i]!, added[i]!];
    const slope = ((other.y - y) * ((inverse * runs[at]!) % P)) % P;
    inverse = (inverse * (other.x - x)) % P;
    const sum = (slope * slope - x - other.x) % P;
    sums[i] = { x: sum, y: (slope * (x - sum) - y) % P };
  }
}

/** The multiples of the generator by each digit at each place of a scalar, from the last on. */
class GeneratorMultiples {
  #made: readonly (readonly AffinePoint[])[] | undefined;

  /** For each place, those by 1 to 255 of its power. */
  get multiples(): readonly (readonly AffinePoint[])[] {
    this.#made ??= makeMultiples();
    return this.#made;
  }
}

const GENERATOR = new GeneratorMultiples();

function makeMultiples(): AffinePoint[][] {
  const doubled = [Point.BASE];
  while (doubled.length < DIGITS * BITS) doubled.push(doubled.at(-1)!.double());
  const powers = normalizeZ(Point, doubled).map((point) => point.toAffine());
  const multiples: AffinePoint[][] = Array.from({ length: DIGITS }, () => []);
  for (let bit = 0; bit < BITS; bit++) {
    const below = multiples.flat();
    const powerOf = (place: number) => powers[place * BITS + bit]!;
    addEach(
      below,
      multiples.flatMap((of, place) => of.map(() => powerOf(place))),
      new Set(),
    );
    for (const [place, of] of multiples.entries()) {
      const count = of.length;
      const above = below.slice(place * count, (place + 1) * count);
      of.push(powerOf(place), ...above.map(({ x, y }) => ({ x: Fp.create(x), y: Fp.create(y) })));
    }
  }
  return multiples;
}
