import type { NodeImplementation } from '../../api/bitcoin-node.ts';
import type { MadeWith } from '../runtime/made-with.ts';
import type { SaltedLogin } from './login.ts';

/** All that the desired state of a node depends on beside its spec. */
export interface NodeInputs extends MadeWith {
  readonly login: SaltedLogin;
}

/** Images that run where a spec has none [those of `DIALECTS`]. */
export type NodeImages = Readonly<Partial<Record<NodeImplementation, string>>>;
