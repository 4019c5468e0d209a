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

/** Points that a gateway asks for, of those that all gateways together grant in a stretch of time. */
export interface GrantRequest {
  /** Whom they are for. */
  readonly name: string;
  /** Of 0 or more, as all numbers here up to `Number.MAX_SAFE_INTEGER`. */
  readonly points: number;
  /** The most that are granted in a stretch. */
  readonly limit: number;
  /** How long a stretch is. It begins with the first that is granted. */
  readonly seconds: number;
}

/** What was granted of an ask. */
export interface Grant {
  /** As many as were asked for, or what the limit leaves of them. */
  readonly points: number;
  /** What is granted in this stretch by all gateways, these points among it. */
  readonly total: number;
  /** Which stretch it is: points are given back to that which they are of. */
  readonly stretch: number;
  /** How long the stretch goes on, in milliseconds: never longer than a whole one. */
  readonly msLeft: number;
}

/** Points that were granted and not spent. */
export interface Return extends Pick<GrantRequest, 'name' | 'points' | 'seconds'>, Pick<Grant, 'stretch'> {}

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
  grant(ask: GrantRequest): Promise<Grant>;
  /** Takes points back. Of a stretch that is over, or of more than were granted in it, it does nothing. */
  takeBack(points: Return): Promise<void>;
  close(): Promise<void>;
}
