import { BitqlError } from '../errors.ts';

/** bitcoind's own code of a refused call (src/rpc/protocol.h), such as -8; undefined for any other error. */
export function rpcCode(error: unknown): number | undefined {
  if (!(error instanceof BitqlError) || error.code !== 'NODE_REFUSED') return undefined;
  const { code } = (error.cause ?? {}) as { code?: unknown };
  return typeof code === 'number' && code < 0 ? code : undefined;
}
