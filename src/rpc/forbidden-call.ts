import { BitqlError } from '../errors.ts';
import { RPC_CODES, rpcCode } from './codes.ts';
import { whitelistLine } from './node-calls.ts';

const NO_SUCH_METHOD: ReadonlySet<unknown> = new Set([
  RPC_CODES.METHOD_NOT_FOUND,
  RPC_CODES.METHOD_NOT_OFFERED,
  RPC_CODES.METHOD_NOT_SUPPORTED,
]);

/** The node knows the user, and does not let it make this call (HTTP 403): by -rpcwhitelist, or -rpcallowip where it is all calls. */
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

/** Whether a call cannot be made at this node at all: it is forbidden, or the node has none of that name. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof ForbiddenCallError || NO_SUCH_METHOD.has(rpcCode(error));
}
