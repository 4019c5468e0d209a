/**
 * Every error that BitQL shows, by its stable code: what it means, what to do, and whether trying again later helps.
 * Errors of the chain codec (`MalformedBytesError`, `AddressError`) carry codes of this table too.
 */
export const ERROR_CODES = {
  BAD_SETTING: {
    retryable: false,
    meaning: 'A flag or an environment variable is missing or unknown, or has an invalid value.',
  },
  BAD_ADDRESS: {
    retryable: false,
    meaning:
      'The text is not an address of the network: it is mistyped, belongs to another network, or is something else, such as an xpub. The message says which.',
  },
  BAD_DESCRIPTOR: {
    retryable: false,
    meaning:
      'The descriptor or extended public key of a wallet cannot be read, belongs to another network, or is of a kind that is not supported, or it ' +
      'has a private key. The message says which.',
  },
  BAD_QUERY: {
    retryable: false,
    meaning:
      'The request or an argument of the query has an invalid value, or a mutation was sent by GET. The message says what is wrong.',
  },
  NOT_FOUND: {
    retryable: false,
    meaning:
      'What the request names is not there: no such transaction, output or push is indexed, or the block of `at` is not indexed, not ' +
      'yet there, or not on the main chain. The message says which.',
  },
  BAD_CURSOR: {
    retryable: false,
    meaning:
      'The cursor was changed, or belongs to another list, filter or order, to a subscription, or to another index. The message says which.',
  },
  CURSOR_EXPIRED: {
    retryable: false,
    meaning:
      'The list can no longer be continued: a reorganisation removed blocks that the cursor has not passed yet, or the unconfirmed ' +
      'transactions of that time are no longer stored. Start again from the first page.',
  },
  EVENTS_EXPIRED: {
    retryable: false,
    meaning: 'The events after the cursor are no longer stored. Query the present state, and subscribe from there.',
  },
  SLOW_READER: {
    retryable: true,
    meaning: 'The subscriber did not read its events in time. Subscribe again, after the last event that it received.',
  },
  NOT_INDEXED: {
    retryable: false,
    meaning: 'The query has no condition that an index can answer. The message suggests one to add.',
  },
  BUDGET_EXCEEDED: {
    retryable: false,
    meaning: 'The request would have to examine more rows than allowed, and its answer cannot be split into pages.',
  },
  LIMIT_EXCEEDED: {
    retryable: false,
    meaning: 'The query is nested too deeply, or has too many aliases, root fields or directives.',
  },
  COST_EXCEEDED: { retryable: false, meaning: "The query costs more than the caller's limit for one request." },
  RATE_LIMITED: {
    retryable: true,
    meaning:
      'The caller has used up its allowance. Try again after the number of seconds in `extensions.retryAfter` (over HTTP, also in the header Retry-After).',
  },
  UNAUTHENTICATED: { retryable: false, meaning: 'The API key is unknown or revoked, or was not sent as `Bearer KEY`.' },
  ORIGIN_REFUSED: {
    retryable: false,
    meaning:
      'Web pages of this origin, or requests to this host name, are not allowed to do this. `--cors` sets which are allowed.',
  },
  TOO_MANY_SUBSCRIPTIONS: {
    retryable: true,
    meaning:
      'The caller, or all callers of this gateway together, have reached the maximum number of open subscriptions.',
  },
  TIMEOUT: { retryable: true, meaning: 'The request took longer than allowed. Ask for less at once, or try again.' },
  OVERLOADED: {
    retryable: true,
    meaning:
      'The gateway has no memory left for another answer, or it or the address of the caller has reached the maximum number of ' +
      'connections. Ask for less at once, or try again.',
  },
  DOCUMENT_NOT_TRUSTED: {
    retryable: false,
    meaning: 'This gateway only answers the queries of its list (`--trusted-documents`).',
  },
  BROADCAST_UNAVAILABLE: { retryable: false, meaning: 'The gateway has no node to send transactions to.' },
  TRANSACTION_REFUSED: {
    retryable: false,
    meaning: 'The node refuses the transaction. The message has its reason and code.',
  },
  MALFORMED_BYTES: { retryable: false, meaning: 'The bytes are not a valid block, transaction or hexadecimal text.' },
  NOT_SYNCED: { retryable: true, meaning: 'The index has no blocks yet.' },
  NODE_UNREACHABLE: {
    retryable: true,
    meaning: 'bitcoind does not answer at the given address, or does not answer in time.',
  },
  NODE_UNAUTHORIZED: {
    retryable: false,
    meaning:
      'bitcoind refuses the user and password, or does not allow them to make a call; or its cookie file is missing, or several files may be the right one.',
  },
  NODE_WARMING_UP: { retryable: true, meaning: 'bitcoind is starting (RPC error -28).' },
  NODE_WRONG_NETWORK: {
    retryable: false,
    meaning: 'bitcoind follows a different network than the one requested or indexed, or its network is not known.',
  },
  NODE_PRUNED: { retryable: false, meaning: 'bitcoind has pruned a block that the index needs.' },
  NODE_LACKS_BLOCK: {
    retryable: true,
    meaning:
      'bitcoind does not have a block that the index needs yet, or what it spends, for example after loading a snapshot (assumeutxo) or while ' +
      'it builds its -txindex; or it cannot read them from its disk.',
  },
  NODE_REFUSED: {
    retryable: false,
    meaning:
      'bitcoind answered a call with an error, or with an invalid answer: too long, or with values out of range.',
  },
  BLOCK_DAMAGED: {
    retryable: false,
    meaning: 'A block from the node or its block files does not match its header. Nothing of it is indexed.',
  },
  STORE_UNAVAILABLE: { retryable: true, meaning: 'The database does not answer.' },
  STORE_FULL: {
    retryable: false,
    meaning: "The database's disk is full. Free some space or enlarge the disk, then start the indexer again.",
  },
  STORE_UNAUTHORIZED: { retryable: false, meaning: 'The database refuses the user and password in its URI.' },
  STORE_WRONG_NETWORK: { retryable: false, meaning: 'The database contains the index of another network.' },
  STORE_OLDER_FORMAT: {
    retryable: false,
    meaning: 'The database was written by an older version of BitQL. Index into a new one.',
  },
  STORE_NEWER_FORMAT: { retryable: false, meaning: 'The database was written by a newer version of BitQL.' },
  STORE_DAMAGED: { retryable: false, meaning: 'A record of the database was changed or is missing.' },
  STORE_BUSY: {
    retryable: true,
    meaning: 'Another indexer holds the lease of this database. Stop it, or wait until it has ended.',
  },
  LEASE_LOST: {
    retryable: true,
    meaning: 'Another indexer took over this database, or another operator took the lead. This one stops writing.',
  },
  CLUSTER_UNAVAILABLE: { retryable: true, meaning: 'The Kubernetes API does not answer, or is too busy to answer.' },
  CLUSTER_CONFLICT: { retryable: true, meaning: 'Another client changed the Kubernetes object in the meantime.' },
  CLUSTER_FORBIDDEN: {
    retryable: false,
    meaning:
      'Kubernetes does not know the user of the request, or its roles do not allow it. The message says what was refused.',
  },
  CLUSTER_REFUSED: { retryable: false, meaning: 'Kubernetes refuses an object. The message has its reason.' },
} as const satisfies Record<string, { retryable: boolean; meaning: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** An error that its reader can act on: the message says what to do, and the code is stable. */
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

/** A caller has used up its points. */
export class RateLimited extends BitqlError {
  /** The seconds until it may try again. */
  readonly retryAfter: number;

  constructor(message: string, retryAfter: number) {
    super('RATE_LIMITED', message);
    this.retryAfter = retryAfter;
  }
}

/** The code of a BitQL error, also of the chain codec; undefined for any other error. */
export function errorCode(error: unknown): ErrorCode | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : undefined;
}
