import type { Rpc } from '../../../src/rpc/rpc.ts';
import type { Patience } from '../runtime/patience.ts';
import type { Outside } from '../runtime/reconciler.ts';

/** A call to a node, by its method and parameters. */
export type Ask = (method: string, ...parameters: unknown[]) => Promise<unknown>;

/** Calls to a node that each wait for their turn, and may keep us waiting for so long all together. */
export function askWithin(rpc: Rpc, patience: Patience, outside: Outside): Ask {
  const { signal } = patience;
  return (method, ...parameters) =>
    outside(rpc.host, () => patience.during(() => rpc.callWith({ signal }, method, ...parameters)));
}
