import { backoffMs } from '../runtime/backoff.ts';
import type { ReconcileContext } from '../runtime/reconciler.ts';
import type { Key } from '../runtime/resource.ts';
import { GatewaySilent, type GatewayStatus, readGatewayStatus } from './gateway-status.ts';
import { gatewayUrl } from './names.ts';

/** Up to so many polls are left out where no gateway answers. */
const LONGEST_POLLS = 12;

/** Asks the gateways of an index when the time has come, and knows what they said the last time. */
export class GatewayPoll {
  readonly #key: Key;
  readonly #pollMs: number;
  #last: GatewayStatus | GatewaySilent | null = null;
  /** Milliseconds since 1970. */
  #dueAt = 0;
  #silences = 0;

  constructor(key: Key, pollMs: number) {
    this.#key = key;
    this.#pollMs = pollMs;
  }

  async ask({ now, signal, outside }: ReconcileContext): Promise<GatewayStatus | GatewaySilent> {
    if (this.#last !== null && now() < this.#dueAt) return this.#last;
    const call = () => readGatewayStatus(this.#key, signal).catch(silentOnly);
    const said = await outside(new URL(gatewayUrl(this.#key)).host, call, { wasSilent: this.#silences > 0 });
    this.#silences = said instanceof GatewaySilent ? this.#silences + 1 : 0;
    this.#dueAt = now() + this.#nextMs();
    this.#last = said;
    return said;
  }

  #nextMs(): number {
    if (this.#silences === 0) return this.#pollMs;
    return backoffMs({ firstMs: this.#pollMs, longestMs: LONGEST_POLLS * this.#pollMs }, this.#silences);
  }
}

function silentOnly(error: unknown): GatewaySilent {
  if (error instanceof GatewaySilent) return error;
  throw error;
}
