/** An API key as it is stored: its secret is shown once, and only its hash is kept. */
export interface ApiKey {
  /** The public part of the key: 12 hexadecimal digits. */
  readonly id: string;
  readonly name: string;
  readonly tier: string;
  /** SHA-256 of the secret part. */
  readonly hash: Uint8Array;
  /** In milliseconds since 1970. */
  readonly createdAt: number;
  /** To the hour; null if never. */
  readonly lastUsedAt: number | null;
}

/** Points that a gateway asks for, of those that all gateways together grant in a stretch of time. */
export interface GrantRequest {
  /** The caller. */
  readonly name: string;
  /** 0 or more. All numbers here are at most `Number.MAX_SAFE_INTEGER`. */
  readonly points: number;
  /** The most that are granted in a stretch. */
  readonly limit: number;
  /** How long a stretch is. It begins with its first grant. */
  readonly seconds: number;
}

/** The answer to a request for points. */
export interface Grant {
  /** As many as were asked for, or what the limit leaves of them. */
  readonly points: number;
  /** What all gateways have granted in this stretch, including these points. */
  readonly total: number;
  /** Identifies the stretch: points are returned to the stretch that they came from. */
  readonly stretch: number;
  /** How long the stretch lasts, in milliseconds: at most the length of a stretch. */
  readonly msLeft: number;
}

/** Points that were granted and not spent. */
export interface Return extends Pick<GrantRequest, 'name' | 'points' | 'seconds'>, Pick<Grant, 'stretch'> {}

/**
 * What all gateways of an index know of its callers, stored beside the index. Methods reject with a `BitqlError` of the store
 * (STORE_UNAVAILABLE...).
 */
export interface AccessStore {
  /** Makes what is missing, so that calls take no longer than usual. A gateway asks for it with its first grant. */
  prepare(): Promise<void>;
  /** @returns false if there is a key of that name */
  addKey(key: ApiKey): Promise<boolean>;
  findKey(id: string): Promise<ApiKey | null>;
  /** By name. */
  keys(): Promise<ApiKey[]>;
  removeKey(id: string): Promise<void>;
  markUsed(id: string, at: number): Promise<void>;
  grant(ask: GrantRequest): Promise<Grant>;
  /** Takes points back. Does nothing for a stretch that is over, or for more points than were granted in it. */
  takeBack(points: Return): Promise<void>;
  close(): Promise<void>;
}
