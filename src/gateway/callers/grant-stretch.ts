import type { Grant } from '../../access/access-store.ts';
import type { Counts } from './counts.ts';

/** A stretch of time as this gateway knows it: points are given back to that which they are of. */
export class GrantStretch {
  /** Which one it is for all gateways; null while the store does not count. */
  id: number | null = null;
  /** When it is over, by `performance.now()`: a clock that is set has no part in it. */
  endsAt = 0;
  /** What all gateways have granted in it, as far as this one knows. */
  total = 0;
  /** Of that, what this one granted by itself and has not told yet. */
  untold = 0;

  get isOver(): boolean {
    return performance.now() >= this.endsAt;
  }
}

/** What a caller is granted in one stretch of time after the other, by all gateways together. */
export class GrantStretches {
  readonly #name: string;
  readonly #seconds: number;
  readonly #counts: Counts;
  #current = new GrantStretch();

  constructor(name: string, seconds: number, counts: Counts) {
    this.#name = name;
    this.#seconds = seconds;
    this.#counts = counts;
  }

  get current(): GrantStretch {
    if (this.#current.isOver) this.#current = new GrantStretch();
    return this.#current;
  }

  /** Asks for points, one call after the other. @returns how many are granted, and in which stretch */
  async grant(asked: number, limit: number): Promise<{ points: number; stretch: GrantStretch }> {
    const { untold } = this.current;
    const name = this.#name;
    const grant = await this.#counts.grant({ name, points: asked + untold, limit, seconds: this.#seconds });
    if (grant === null) return this.#grantAlone(asked, limit);
    const stretch = this.#follow(grant);
    stretch.untold = Math.max(0, untold - grant.points);
    return { points: Math.max(0, grant.points - untold), stretch };
  }

  /** What is of a stretch that is over, is gone. */
  takeBack(points: number, stretch: GrantStretch): void {
    if (stretch !== this.#current || stretch.isOver) return;
    const told = Math.max(0, points - stretch.untold);
    stretch.untold -= points - told;
    stretch.total = Math.max(0, stretch.total - points);
    if (told === 0 || stretch.id === null) return;
    this.#counts.takeBack({ name: this.#name, points: told, seconds: this.#seconds, stretch: stretch.id });
  }

  /** The stretch that a grant is of: the current one, unless that is over for the store. */
  #follow({ stretch: id, total, msLeft }: Grant): GrantStretch {
    const { current } = this;
    const stretch = current.id === null || current.id === id ? current : new GrantStretch();
    stretch.id = id;
    stretch.endsAt = performance.now() + msLeft;
    stretch.total = total;
    this.#current = stretch;
    return stretch;
  }

  #grantAlone(asked: number, limit: number): { points: number; stretch: GrantStretch } {
    const stretch = this.current;
    if (stretch.isOver) stretch.endsAt = performance.now() + this.#seconds * 1_000;
    const points = Math.max(0, Math.min(asked, limit - stretch.total));
    stretch.total += points;
    stretch.untold += points;
    return { points, stretch };
  }
}
