import { backoffMs } from '../../../src/waiting.ts';
import type { BitcoinIndex } from '../../api/kinds.ts';
import { conditionOf } from '../runtime/conditions.ts';
import type { HostPace } from '../runtime/outside-calls.ts';
import type { ReconcileContext } from '../runtime/reconciler.ts';
import { keyOf, type ObjectKey } from '../runtime/resource.ts';
import { GATEWAY_SILENT, type GatewayAnswer, GatewaySilent, readGatewayStatus } from './answers.ts';
import { gatewayUrl } from './names.ts';

/** Up to so many polls are left out where no gateway answers. */
const LONGEST_POLLS = 12;

/** Asks the gateways of an index when the time has come, and knows what they said the last time. */
export class GatewayPoll {
  readonly #key: ObjectKey;
  readonly #pollMs: number;
  /** How its gateways were when this process began. */
  readonly #before: HostPace | undefined;
  #last: GatewayAnswer | GatewaySilent | null = null;
  /** By the steady clock. */
  #dueAt = 0;
  #silences = 0;

  constructor(index: BitcoinIndex, pollMs: number) {
    this.#key = keyOf(index);
    this.#pollMs = pollMs;
    this.#before = paceOf(index);
    // How often it was silent before is not known.
    if (this.#before === 'slow') this.#silences = LONGEST_POLLS;
  }

  /** Something has changed that may let them answer: they are asked at once. */
  hurry(): void {
    this.#dueAt = 0;
  }

  async ask({ steadyNow, signal, outside }: ReconcileContext): Promise<GatewayAnswer | GatewaySilent> {
    if (this.#last !== null && steadyNow() < this.#dueAt) return this.#last;
    const call = () => readGatewayStatus(this.#key, signal).catch(silentOnly);
    const said = await outside(new URL(gatewayUrl(this.#key)).host, call, { before: this.#before });
    this.#silences = said instanceof GatewaySilent ? this.#silences + 1 : 0;
    this.#dueAt = steadyNow() + this.#nextMs();
    this.#last = said;
    return said;
  }

  #nextMs(): number {
    if (this.#silences === 0) return this.#pollMs;
    return backoffMs({ firstMs: this.#pollMs, longestMs: LONGEST_POLLS * this.#pollMs }, this.#silences);
  }
}

/** How soon gateways answered an operator before this one, as the status of their index tells. */
function paceOf(index: BitcoinIndex): HostPace | undefined {
  const synced = conditionOf(index, 'Synced');
  if (synced === undefined) return undefined;
  return synced.reason === GATEWAY_SILENT ? 'slow' : 'quick';
}

function silentOnly(error: unknown): GatewaySilent {
  if (error instanceof GatewaySilent) return error;
  throw error;
}
