import type { Connections } from '../limits/connections.ts';
import { chainStatus } from './chain-status.ts';
import type { ChainWatch } from './chain-watch.ts';
import type { OpenSubscriptions } from './open-subscriptions.ts';

/** What can be asked of a gateway at any moment. */
export interface GatewayStatus {
  readonly connections: Connections;
  readonly subscriptions: OpenSubscriptions;
  /** The highest block that it shows; null while there is none, or the store does not answer. */
  readonly height: number | null;
  /** Blocks that the node has and the index has not; null where that is not known. */
  readonly lag: number | null;
}

export async function gatewayStatus(
  watch: ChainWatch,
  counts: Pick<GatewayStatus, 'connections' | 'subscriptions'>,
): Promise<GatewayStatus> {
  const { snapshot } = await watch.view();
  if (snapshot === null) return { ...counts, height: null, lag: null };
  const { tip, lag } = chainStatus(snapshot);
  return { ...counts, height: tip?.height ?? null, lag };
}
