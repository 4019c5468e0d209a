import { BitqlError } from '../errors.ts';
import { whitelistLine } from './node-calls.ts';
import { rpcCode } from './rpc-code.ts';

/** "Method not found" of JSON-RPC, and what hosted nodes answer to a call that they do not offer. */
const NO_SUCH_METHOD = new Set([-32_601, -32_604, -32_004]);

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
  return error instanceof ForbiddenCallError || NO_SUCH_METHOD.has(rpcCode(error)!);
}
