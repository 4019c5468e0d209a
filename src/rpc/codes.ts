import { BitqlError } from '../errors.ts';

/** Codes of JSON-RPC errors: those of bitcoind (src/rpc/protocol.h, whose names they have), of JSON-RPC, and of hosted nodes. */
export const RPC_CODES = {
  /** Also for parameters that the call does not have. */
  MISC_ERROR: -1,
  /** BCH and SV: while a longer branch is held to be invalid. */
  FORBIDDEN_BY_SAFE_MODE: -2,
  /** There is no such block, or transaction. */
  INVALID_ADDRESS_OR_KEY: -5,
  OUT_OF_MEMORY: -7,
  /** Also for a height above the tip, and for a scan while another one is under way. */
  INVALID_PARAMETER: -8,
  /** "Shutting down", and without peers. */
  CLIENT_NOT_CONNECTED: -9,
  CLIENT_IN_INITIAL_DOWNLOAD: -10,
  /** The transaction is in a block already. */
  VERIFY_ALREADY_IN_UTXO_SET: -27,
  IN_WARMUP: -28,

  METHOD_NOT_FOUND: -32_601,
  INTERNAL_ERROR: -32_603,

  /** Both for a call that a hosted node does not offer. */
  METHOD_NOT_SUPPORTED: -32_004,
  METHOD_NOT_OFFERED: -32_604,
  /** All three for too many calls. */
  LIMIT_EXCEEDED: -32_005,
  RATE_EXCEEDED: -32_007,
  TOO_MANY_REQUESTS: -32_029,
} as const;

/** bitcoind's own code of a refused call; undefined for any other error. */
export function rpcCode(error: unknown): number | undefined {
  return rpcRefusal(error)?.code;
}

/** What the node refuses a call with, in its own words; null for any other error. */
export function rpcRefusal(error: unknown): { readonly code: number; readonly reason: string } | null {
  if (!(error instanceof BitqlError) || error.code !== 'NODE_REFUSED' || !(error.cause instanceof Error)) return null;
  const { code, message } = error.cause as Error & { readonly code?: unknown };
  return typeof code === 'number' && code < 0 ? { code, reason: message } : null;
}

/**
 * Null for a call that the node refuses. For `catch`.
 * @param code with which the node must refuse it [any]
 * @throws any other error
 */
export function nullIfRefused(error: unknown, code?: number): null {
  const given = rpcCode(error);
  if (given === undefined || (code !== undefined && given !== code)) throw error;
  return null;
}

/** One answer of several (`Rpc.calls`); null where the node refuses with this code. @throws what it refuses with otherwise */
export function unlessRefused(answer: unknown, code: number): unknown {
  return answer instanceof BitqlError ? nullIfRefused(answer, code) : answer;
}

/** One answer of several (`Rpc.calls`). @throws what the node refuses it with */
export function unrefused(answer: unknown): unknown {
  if (answer instanceof BitqlError) throw answer;
  return answer;
}
