import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';

/** Descriptors reserved for the store, the node, files and other servers of the process. */
const RESERVED = 256;
/** The least and the largest share of all descriptors to reserve. */
const LEAST_SHARE = 0.2;
const MOST_SHARE = 0.5;

/** The limits of this process; null if unknown or unlimited. */
export interface OpenFiles {
  readonly files: number;
  /** How many of them connections may use. */
  readonly connections: number;
}

/** The limit of open files (`ulimit -n`) of this process, on Linux. */
export function openFiles(): OpenFiles | null {
  try {
    return parseLimits(readFileSync('/proc/self/limits', 'utf8'));
  } catch {
    return null;
  }
}

/** @param text the content of /proc/PID/limits */
export function parseLimits(text: string): OpenFiles | null {
  const files = Number(/^Max open files +(\d+)/m.exec(text)?.[1]);
  if (Number.isNaN(files)) return null;
  const reserved = Math.min(Math.max(RESERVED, files * LEAST_SHARE), files * MOST_SHARE);
  return { files, connections: Math.floor(files - reserved) };
}

/** The share of all connections that one address may have: many people may be behind one, and four of them fill the gateway. */
const SHARE = 1 / 4;
const LEAST = 32;
/**
 * How many more, as a share of these, are answered with the reason for the refusal. Further ones are closed at once, so they
 * take no room.
 */
const REFUSING_SHARE = 1 / 8;

/** Where a connection comes from: an address or a network; null if it is not to be counted. */
export type PeerOf = (address: string | undefined) => string | null;

/** A connection above the limit of its address. */
interface Excess {
  readonly peer: string;
  /** How many the address has beside this one. */
  readonly open: number;
  /** Whether it may stay open until it was answered with the reason. */
  readonly mayHear: boolean;
}

interface ConnectionPlace {
  /** Null if it is within the limit. */
  readonly excess: Excess | null;
  /** To be called once. */
  free(): void;
}

const UNCOUNTED: ConnectionPlace = { excess: null, free: () => {} };

/** Counts connections by their address. */
export class ConnectionsOfPeers {
  readonly #peerOf: PeerOf;
  readonly #most: number;
  readonly #open = new Map<string, number>();

  /** @param most the most connections of all addresses together */
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
