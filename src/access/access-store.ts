/** An API key, as it is known when it was shown once: by its hash. */
export interface ApiKey {
  /** The part of the key that is no secret: 12 hexadecimal digits. */
  readonly id: string;
  readonly name: string;
  readonly tier: string;
  /** SHA-256 of the secret part. */
  readonly hash: Uint8Array;
  /** In milliseconds since 1970. */
  readonly createdAt: number;
  /** To the hour; null if it never was. */
  readonly lastUsedAt: number | null;
}

/** What was counted in a stretch of time that began with the first count. */
export interface Count {
  readonly points: number;
  /** How long the stretch goes on, in milliseconds. */
  readonly msLeft: number;
}

/**
 * What all gateways of an index know of its callers, kept where the index is. Methods reject with a `BitqlError` of the store
 * (STORE_UNAVAILABLE...).
 */
export interface AccessStore {
  /** @returns false where there is a key of that name */
  addKey(key: ApiKey): Promise<boolean>;
  findKey(id: string): Promise<ApiKey | null>;
  /** By name. */
  keys(): Promise<ApiKey[]>;
  removeKey(id: string): Promise<void>;
  markUsed(id: string, at: number): Promise<void>;
  /** Adds points, of which there may be less than none, to what was counted under a name in a stretch of seconds. */
  count(name: string, points: number, seconds: number): Promise<Count>;
  close(): Promise<void>;
}
