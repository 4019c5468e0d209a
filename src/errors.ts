/**
 * Every error that BitQL shows, by its stable code: what it means, what to do, and whether trying again later helps.
 * Errors of the chain codec (`MalformedBytesError`, `AddressError`) carry codes of this table too.
 */
export const ERROR_CODES = {
  BAD_SETTING: {
    retryable: false,
    meaning: 'A flag or an environment variable is missing, unknown or has a wrong value.',
  },
  BAD_ADDRESS: {
    retryable: false,
    meaning:
      'What was given is no address of the network: it is mistyped, of another network, or something else, such as an xpub; the message says which.',
  },
  BAD_QUERY: {
    retryable: false,
    meaning: 'A query argument has a value that cannot be used; the message says which and why.',
  },
  BAD_CURSOR: { retryable: false, meaning: 'The cursor is damaged, or was given out for another filter or order.' },
  CURSOR_EXPIRED: {
    retryable: false,
    meaning:
      'What the cursor shows cannot be shown any more: a reorganisation took blocks that are left of its list, or what was ' +
      'unconfirmed then is forgotten. Start again from the first page.',
  },
  EVENTS_EXPIRED: {
    retryable: false,
    meaning: 'Events of so long ago are not kept: begin anew from the present state.',
  },
  SLOW_READER: {
    retryable: true,
    meaning: 'The subscriber did not take what it was sent: subscribe again, behind the last event that it got.',
  },
  NOT_INDEXED: {
    retryable: false,
    meaning: 'No index serves the query; the message suggests a condition that makes it answerable.',
  },
  BUDGET_EXCEEDED: {
    retryable: false,
    meaning: 'The answer would need more rows than one request may examine, and cannot be given in pages.',
  },
  LIMIT_EXCEEDED: {
    retryable: false,
    meaning: 'The query is deeper than one may be, or has more aliases, root fields or directives.',
  },
  COST_EXCEEDED: { retryable: false, meaning: 'The query costs more than one request of the caller may.' },
  RATE_LIMITED: {
    retryable: true,
    meaning: 'The caller has spent what it may for now: try again after the seconds of the header Retry-After.',
  },
  UNAUTHENTICATED: { retryable: false, meaning: 'The API key is unknown or revoked, or is not given as `Bearer KEY`.' },
  ORIGIN_REFUSED: {
    retryable: false,
    meaning: 'Web pages of that origin, or requests to that name, may not do this here; `--cors` says whose may.',
  },
  TOO_MANY_SUBSCRIPTIONS: {
    retryable: true,
    meaning: 'The caller, or all callers of this gateway together, have as many subscriptions open as they may.',
  },
  TIMEOUT: { retryable: true, meaning: 'The request took longer than one may: ask for less at once, or try again.' },
  OVERLOADED: {
    retryable: true,
    meaning:
      'The gateway has as much to answer as it has memory for, or as many connections as it, or one address, may: ask for less at once, or try again.',
  },
  DOCUMENT_NOT_TRUSTED: { retryable: false, meaning: 'This gateway only answers queries that it was given before.' },
  BROADCAST_UNAVAILABLE: { retryable: false, meaning: 'The gateway has no node to give transactions to.' },
  TRANSACTION_REFUSED: {
    retryable: false,
    meaning: 'The node does not take the transaction; the message has its reason and code.',
  },
  MALFORMED_BYTES: { retryable: false, meaning: 'Bytes that should be a block, transaction or hex text are not.' },
  NOT_SYNCED: { retryable: true, meaning: 'The index holds no block yet.' },
  NODE_UNREACHABLE: { retryable: true, meaning: 'bitcoind does not answer at the given address, or not in time.' },
  NODE_UNAUTHORIZED: {
    retryable: false,
    meaning:
      'bitcoind refuses the user and password, or forbids them a call, or its cookie file is missing, or may be one of several.',
  },
  NODE_WARMING_UP: { retryable: true, meaning: 'bitcoind is starting (RPC error -28).' },
  NODE_WRONG_NETWORK: {
    retryable: false,
    meaning: 'bitcoind follows another network than the one asked for or indexed, or it cannot be told which.',
  },
  NODE_PRUNED: { retryable: false, meaning: 'bitcoind has pruned a block that the index needs.' },
  NODE_LACKS_BLOCK: {
    retryable: true,
    meaning: 'bitcoind has not downloaded a block yet that the index needs, as behind a snapshot (assumeutxo).',
  },
  NODE_REFUSED: {
    retryable: false,
    meaning:
      'bitcoind answered a call with an error of its own, or with what no node says: too much, or out of its range.',
  },
  BLOCK_DAMAGED: {
    retryable: false,
    meaning: 'A block that the node or its block files give is not what its header says; nothing of it is indexed.',
  },
  STORE_UNAVAILABLE: { retryable: true, meaning: 'The database does not answer.' },
  STORE_FULL: {
    retryable: false,
    meaning: 'The disk of the database is full: free space or enlarge it, then start the indexer again.',
  },
  STORE_UNAUTHORIZED: { retryable: false, meaning: 'The database refuses the user and password of its URI.' },
  STORE_WRONG_NETWORK: { retryable: false, meaning: 'The database holds another network.' },
  STORE_OLDER_FORMAT: {
    retryable: false,
    meaning: 'The database was written by an older BitQL: index into another one.',
  },
  STORE_NEWER_FORMAT: { retryable: false, meaning: 'The database was written by a newer BitQL.' },
  STORE_DAMAGED: { retryable: false, meaning: 'A record of the database is not as it was written, or is missing.' },
  STORE_BUSY: {
    retryable: true,
    meaning: 'Another indexer holds the lease of this database: stop it, or wait until it is gone.',
  },
  LEASE_LOST: {
    retryable: true,
    meaning: 'Another indexer took over this database, or another operator leads: this one must stop writing.',
  },
  CLUSTER_UNAVAILABLE: { retryable: true, meaning: 'The Kubernetes API does not answer, or is too busy to.' },
  CLUSTER_CONFLICT: { retryable: true, meaning: 'Somebody else changed the object of Kubernetes in the meantime.' },
  CLUSTER_FORBIDDEN: {
    retryable: false,
    meaning: 'Kubernetes does not know who asks, or its roles do not allow it; the message says what.',
  },
  CLUSTER_REFUSED: { retryable: false, meaning: 'Kubernetes does not take an object; the message has its reason.' },
} as const satisfies Record<string, { retryable: boolean; meaning: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** An error that its reader can act upon: the message says what to do, the code is stable. */
export class BitqlError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'BitqlError';
    this.code = code;
  }

  /** Whether the same call may succeed later without any change. */
  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }
}

/** The code of any error of ours, also one of the chain codec; undefined for a stranger's. */
export function errorCode(error: unknown): ErrorCode | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : undefined;
}
