import { BitqlError } from '../errors.ts';
import { whitelistLine } from './node-calls.ts';

/**
 * Codes of JSON-RPC errors: bitcoind's (src/rpc/protocol.h, with the names there), those of JSON-RPC, and those of
 * hosted nodes.
 */
export const RPC_CODES = {
  /** Any exception of C++, such as "std::bad_alloc"; also for parameters that the call does not have. */
  MISC_ERROR: -1,
  /** BCH and SV: while the node considers a longer branch invalid. */
  FORBIDDEN_BY_SAFE_MODE: -2,
  TYPE_ERROR: -3,
  /** The block or transaction does not exist. */
  INVALID_ADDRESS_OR_KEY: -5,
  OUT_OF_MEMORY: -7,
  /** Also for a height above the tip, and for a scan while another one is running. */
  INVALID_PARAMETER: -8,
  /** "Shutting down"; also without peers. */
  CLIENT_NOT_CONNECTED: -9,
  CLIENT_IN_INITIAL_DOWNLOAD: -10,
  DATABASE_ERROR: -20,
  /** The transaction is in a block already. */
  VERIFY_ALREADY_IN_UTXO_SET: -27,
  IN_WARMUP: -28,

  METHOD_NOT_FOUND: -32_601,
  INVALID_PARAMS: -32_602,
  INTERNAL_ERROR: -32_603,

  /** Both: the hosted node does not offer the call. */
  METHOD_NOT_SUPPORTED: -32_004,
  METHOD_NOT_OFFERED: -32_604,
  /** All three: too many calls. */
  LIMIT_EXCEEDED: -32_005,
  RATE_EXCEEDED: -32_007,
  TOO_MANY_REQUESTS: -32_029,
} as const;

/** bitcoind's own code of a refused call; undefined for any other error. */
export function rpcCode(error: unknown): number | undefined {
  return rpcRefusal(error)?.code;
}

/** The node's own code and reason of a refused call; null for any other error. */
export function rpcRefusal(error: unknown): { readonly code: number; readonly reason: string } | null {
  if (!(error instanceof BitqlError) || error.code !== 'NODE_REFUSED' || !(error.cause instanceof Error)) return null;
  const { code, message } = error.cause as Error & { readonly code?: unknown };
  return typeof code === 'number' && code < 0 ? { code, reason: message } : null;
}

/**
 * Null if the node refused the call. For `catch`.
 * @param code the node's code for such a refusal [any]
 * @throws any other error
 */
export function nullIfRefused(error: unknown, code?: number): null {
  const given = rpcCode(error);
  if (given === undefined || (code !== undefined && given !== code)) throw error;
  return null;
}

/**
 * One of several answers (`Rpc.calls`); null if the node refused the call with this code.
 * @throws any other refusal
 */
export function unlessRefused(answer: unknown, code: number): unknown {
  return answer instanceof BitqlError ? nullIfRefused(answer, code) : answer;
}

/**
 * One of several answers (`Rpc.calls`).
 * @throws the refusal of the call
 */
export function unrefused(answer: unknown): unknown {
  if (answer instanceof BitqlError) throw answer;
  return answer;
}

/** Errors that pass by themselves. */
const NOT_NOW: ReadonlySet<unknown> = new Set([
  RPC_CODES.FORBIDDEN_BY_SAFE_MODE,
  RPC_CODES.OUT_OF_MEMORY,
  RPC_CODES.CLIENT_NOT_CONNECTED,
  RPC_CODES.CLIENT_IN_INITIAL_DOWNLOAD,
]);
/** HTTP status of a refused login, without JSON. */
export const UNAUTHORIZED = 401;
/**
 * HTTP statuses from this one on, without an RPC error: the node is overloaded (500 in older nodes, then 503), or a
 * proxy reports that.
 */
const SERVER_ERROR = 500;
/** HTTP statuses without an RPC error, from a server in front of the node. */
const REDIRECTION = 300;
const CLIENT_ERROR = 400;
const NOT_THERE = new Set([404, 405, 410]);

/** The error of a call, as the operator of the indexer needs to see it. */
export function explain(error: unknown, node: string, method: string): BitqlError {
  const { code, message } = error as { code?: unknown; message: string };
  if (code === UNAUTHORIZED) {
    return new BitqlError(
      'NODE_UNAUTHORIZED',
      `${node} refuses the login (HTTP ${code}): check user and password of --node, or --cookie, and rpcallowip.`,
      error,
    );
  }
  if (Number(code) >= SERVER_ERROR) {
    return new BitqlError('NODE_UNREACHABLE', `${node} cannot answer now, perhaps overloaded (HTTP ${code}).`, error);
  }
  if (Number(code) >= REDIRECTION) {
    return new BitqlError(
      'NODE_REFUSED',
      `${node} answers ${method} with HTTP ${code}: ${cureOf(Number(code))}`,
      error,
    );
  }
  if (code === RPC_CODES.IN_WARMUP) return new BitqlError('NODE_WARMING_UP', `${node} is starting: ${message}`, error);
  if (NOT_NOW.has(code)) {
    return new BitqlError('NODE_UNREACHABLE', `${node} cannot answer ${method} now (error ${code}): ${message}`, error);
  }
  if (isReadFailure(code, message)) {
    if (method === 'getblock') return new UnreadError(node, message, error);
    return new BitqlError('NODE_UNREACHABLE', `${node} cannot read what ${method} needs now: ${message}`, error);
  }
  const blockRefused = code === RPC_CODES.MISC_ERROR ? blockRefusal(node, message, error) : null;
  if (blockRefused !== null) return blockRefused;
  if (code === undefined) {
    return new BitqlError(
      'NODE_REFUSED',
      `${node} does not answer ${method} as bitcoind does. Is it bitcoind? (${message})`,
      error,
    );
  }
  return new BitqlError('NODE_REFUSED', `${node} answers ${method} with error ${String(code)}: ${message}`, error);
}

/** What helps against an HTTP status of a server in front of the node. */
function cureOf(status: number): string {
  if (status < CLIENT_ERROR) return 'it redirects. Give --node the address that it redirects to, with its path.';
  if (NOT_THERE.has(status)) return 'there is no node at this address. Check host, port and path of --node.';
  return 'a server in front of the node refuses it.';
}

/** Codes of failures within the node (Core: src/rpc/protocol.h). */
const FAILED_WITHIN: ReadonlySet<unknown> = new Set([
  RPC_CODES.MISC_ERROR,
  RPC_CODES.DATABASE_ERROR,
  RPC_CODES.INTERNAL_ERROR,
]);
/**
 * What nodes say if they cannot read their own data. Of Core:
 * - "Block not found on disk": GetBlockChecked in src/rpc/blockchain.cpp. Before Core 29 (bitcoin/bitcoin#30410) also
 *   for a block that is not downloaded yet; "Can't read block from disk" in old versions (#9074).
 * - "Undo data expected but can't be read": blockToJSON there, since Core 29 (#30410); "Can't read undo data from disk" in GetUndoChecked.
 * - "I/O error reading HASH": rest_block in src/rest.cpp (#33657).
 * - "Fatal LevelDB error: …": src/dbwrapper.cpp. What C++ throws is passed on by ExecuteCommand in src/rpc/server.cpp.
 */
const READING_FAILED =
  /not found on disk|can't (be read|read)|i\/o error|leveldb|database error|bad_alloc|too many open files|iostream|filesystem error/i;

/** Whether an RPC error means that the node failed to read its own data. The same call may succeed in a moment. */
export function isReadFailure(code: unknown, reason: string): boolean {
  return FAILED_WITHIN.has(code) && READING_FAILED.test(reason);
}

/** The node cannot read a block, or what it spends. That may pass in a moment, in a day, or only by -reindex. */
export class UnreadError extends BitqlError {
  /** @param reason the node's own words */
  constructor(node: string, reason: string, cause?: unknown) {
    super(
      'NODE_LACKS_BLOCK',
      `${node} cannot read a block that is needed, or what it spends ("${reason}"). Either the node does not have that yet, for example ` +
        'after loading a snapshot (assumeutxo), or it lacks memory or open files, or its files are damaged: then start it with -reindex. ' +
        'BitQL asks for it again.',
      cause,
    );
  }
}

/** The node has a block, but has not connected it yet, so it does not know what the block spends. */
export function lacksUndo(node: string, cause?: unknown): BitqlError {
  return new BitqlError(
    'NODE_LACKS_BLOCK',
    `${node} cannot yet report what a block spends that is needed, for example after loading a snapshot (assumeutxo): it has no undo ` +
      'data of the block. BitQL asks for it again.',
    cause,
  );
}

/**
 * The error for a node's refusal of a block or of its undo data, by RPC or REST (Core: CheckBlockDataAvailability in
 * src/rpc/blockchain.cpp, since Core 29; rest_block and rest_spent_txouts in src/rest.cpp); null for another refusal.
 * @param reason the node's own words
 */
export function blockRefusal(node: string, reason: string, cause?: unknown): BitqlError | null {
  if (READING_FAILED.test(reason)) return new UnreadError(node, reason, cause);
  if (/pruned/i.test(reason)) {
    return new BitqlError(
      'NODE_PRUNED',
      `${node} has pruned a block that is needed: start a new store at a higher block (--from), or use a node that keeps its blocks.`,
      cause,
    );
  }
  if (/undo (data )?not available/i.test(reason)) return lacksUndo(node, cause);
  if (!/not fully downloaded/i.test(reason)) return null;
  return new BitqlError(
    'NODE_LACKS_BLOCK',
    `${node} has not yet downloaded a block that is needed, for example after loading a snapshot (assumeutxo). BitQL asks for it again.`,
    cause,
  );
}

const BAD_PARAMETER: ReadonlySet<unknown> = new Set([
  RPC_CODES.TYPE_ERROR,
  RPC_CODES.INVALID_PARAMETER,
  RPC_CODES.INVALID_PARAMS,
]);

/** Whether the node does not know a parameter of the call. Older nodes answer with the text of its help, and -1. */
export function isBadParameter(error: unknown, method: string): boolean {
  const { code, reason } = rpcRefusal(error) ?? {};
  if (code !== RPC_CODES.MISC_ERROR) return BAD_PARAMETER.has(code);
  return reason!.startsWith(`${method} `) || /^JSON value /.test(reason!);
}

const NO_SUCH_METHOD: ReadonlySet<unknown> = new Set([
  RPC_CODES.METHOD_NOT_FOUND,
  RPC_CODES.METHOD_NOT_OFFERED,
  RPC_CODES.METHOD_NOT_SUPPORTED,
]);

/**
 * The node knows the user, but does not allow this call (HTTP 403): by -rpcwhitelist, or by -rpcallowip if it refuses
 * all calls.
 */
export class ForbiddenCallError extends BitqlError {
  constructor(node: string, method: string, user: string, cause: unknown) {
    super(
      'NODE_UNAUTHORIZED',
      `${node} does not allow ${method} (HTTP 403). Put this line for the user in its bitcoin.conf: ${whitelistLine(user)} ; ` +
        'if it allows no call at all, see rpcallowip.',
      cause,
    );
  }
}

/** Whether a call is not possible at this node at all: it is forbidden, or the node does not have it. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof ForbiddenCallError || NO_SUCH_METHOD.has(rpcCode(error));
}
