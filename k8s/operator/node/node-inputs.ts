import type { NodeImplementation } from '../../api/bitcoin-node.ts';
import type { SaltedLogin } from './login.ts';

/** All that the desired state of a node depends on beside its spec. */
export interface NodeInputs {
  readonly login: SaltedLogin;
  /** The size that the claim of the volume was made with; null where there is none yet. */
  readonly volumeSize: string | null;
  /** The image that it runs already; null where there is none yet. */
  readonly image: string | null;
}

/** Images that run where a spec has none [those of `DIALECTS`]. */
export type NodeImages = Readonly<Partial<Record<NodeImplementation, string>>>;
