import type { Socket } from 'node:net';

/** Of all connections, how many one address may have: many people may be behind one, and four of them fill the gateway. */
const SHARE = 1 / 4;
const LEAST = 32;
/** Of those, how many more are told that they are too many. Others end at once, so that they take no room from anybody. */
const REFUSING_SHARE = 1 / 8;

/** Where a connection comes from: an address, or the network of one; null where that is not to be counted. */
export type PeerOf = (address: string | undefined) => string | null;

/** A connection that is one too many of its address. */
interface Excess {
  readonly peer: string;
  /** How many it has beside this one. */
  readonly open: number;
  /** Whether it is let stay for as long as it takes to say so. */
  readonly mayHear: boolean;
}

export interface ConnectionPlace {
  /** Null where it is none too many. */
  readonly excess: Excess | null;
  /** To be called once. */
  free(): void;
}

const UNCOUNTED: ConnectionPlace = { excess: null, free: () => {} };

/** Counts connections by where they come from. */
export class ConnectionsOfPeers {
  readonly #peerOf: PeerOf;
  readonly #most: number;
  readonly #open = new Map<string, number>();

  /** @param most connections of all */
  constructor(most: number, peerOf: PeerOf) {
    this.#peerOf = peerOf;
    this.#most = Math.max(LEAST, Math.floor(SHARE * most));
  }

  add({ remoteAddress }: Socket): ConnectionPlace {
    const peer = this.#peerOf(remoteAddress);
    if (peer === null) return UNCOUNTED;
    const open = this.#open.get(peer) ?? 0;
    this.#open.set(peer, open + 1);
    const mayHear = open < this.#most * (1 + REFUSING_SHARE);
    return { excess: open < this.#most ? null : { peer, open, mayHear }, free: () => this.#free(peer) };
  }

  #free(peer: string): void {
    const open = this.#open.get(peer)! - 1;
    if (open === 0) this.#open.delete(peer);
    else this.#open.set(peer, open);
  }
}
