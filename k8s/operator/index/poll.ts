import { fetchText } from '../../../src/client/fetch-text.ts';
import { isJsonObject, type JsonObject, parsedJson } from '../../../src/json.ts';
import { backoffMs } from '../../../src/waiting.ts';
import type { BitcoinIndex } from '../../api/kinds.ts';
import type { HostPace } from '../runtime/outside-calls.ts';
import type { ReconcileContext } from '../runtime/reconciler.ts';
import { keyOf, type ObjectKey } from '../runtime/resource.ts';
import { conditionOf } from '../runtime/status.ts';
import { gatewayUrl } from './names.ts';

/** The maximum number of polls to skip while no gateway answers. */
const LONGEST_POLLS = 12;

/** Asks the gateways of an index when it is due, and keeps the last answer. */
export class GatewayPoll {
  readonly #key: ObjectKey;
  readonly #pollMs: number;
  /** How fast its gateways answered before this process started. */
  readonly #before: HostPace | undefined;
  #last: GatewayAnswer | GatewaySilent | null = null;
  /** By the steady clock. */
  #dueAt = 0;
  #silences = 0;

  constructor(index: BitcoinIndex, pollMs: number) {
    this.#key = keyOf(index);
    this.#pollMs = pollMs;
    this.#before = paceOf(index);
    // The earlier number of failures is not known.
    if (this.#before === 'slow') this.#silences = LONGEST_POLLS;
  }

  /** A change may enable them to answer: they are asked at once. */
  hurry(): void {
    this.#dueAt = 0;
  }

  async ask({ steadyNow, signal, outside }: ReconcileContext): Promise<GatewayAnswer | GatewaySilent> {
    if (this.#last !== null && steadyNow() < this.#dueAt) return this.#last;
    const call = () => readGatewayStatus(this.#key, signal).catch(silentOnly);
    const answer = await outside(new URL(gatewayUrl(this.#key)).host, call, { before: this.#before });
    this.#silences = answer instanceof GatewaySilent ? this.#silences + 1 : 0;
    this.#dueAt = steadyNow() + this.#nextMs();
    this.#last = answer;
    return answer;
  }

  #nextMs(): number {
    if (this.#silences === 0) return this.#pollMs;
    return backoffMs({ firstMs: this.#pollMs, longestMs: LONGEST_POLLS * this.#pollMs }, this.#silences);
  }
}

/** How fast gateways answered an earlier operator, according to the status of their index. */
function paceOf(index: BitcoinIndex): HostPace | undefined {
  const synced = conditionOf(index, 'Synced');
  if (synced === undefined) return undefined;
  return synced.reason === GATEWAY_SILENT ? 'slow' : 'quick';
}

function silentOnly(error: unknown): GatewaySilent {
  if (error instanceof GatewaySilent) return error;
  throw error;
}

/** The part of a gateway's status that the operator reads. */
export interface GatewayAnswer {
  /** Why the store cannot be read; null if it can. */
  readonly storeProblem: { readonly reason: string; readonly message: string } | null;
  /** Null until the store was read once. */
  readonly chain: IndexedChain | null;
}

interface IndexedChain {
  readonly network: string;
  /** The height of the highest indexed block; null if there is none yet. */
  readonly height: number | null;
  /** The height of the node's highest block when the indexer last saw it. */
  readonly nodeHeight: number | null;
  readonly coverage: readonly { readonly from: number; readonly to: number }[];
}

/** Why no gateway answered. */
export class GatewaySilent extends Error {}
/** The reason of conditions that are Unknown because of it. */
export const GATEWAY_SILENT = 'GatewaySilent';

const TIMEOUT_MS = 3_000;
/** An answer has a few hundred bytes. */
const MAX_BYTES = 65_536;

/** Asks any of the gateways, through their Service. @throws GatewaySilent */
async function readGatewayStatus(key: ObjectKey, signal: AbortSignal): Promise<GatewayAnswer> {
  const url = `${gatewayUrl(key)}/statusz`;
  try {
    const limits = { timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES, signal };
    const { ok, status, text } = await fetchText(url, { redirect: 'error' }, limits);
    if (!ok) throw new Error(`HTTP status ${status}`);
    return parseStatus(text);
  } catch (error) {
    signal.throwIfAborted();
    throw new GatewaySilent(`No gateway answers at ${url}: ${(error as Error).message}.`, { cause: error });
  }
}

function parseStatus(text: string): GatewayAnswer {
  const { store, chain } = objectOf(parsedJson(text));
  const { reachable, reason, message } = objectOf(store);
  return {
    storeProblem: reachable === true ? null : { reason: String(reason), message: String(message) },
    chain: chain === null ? null : parseChain(objectOf(chain)),
  };
}

function parseChain({ network, tip, nodeTip, coverage }: JsonObject): IndexedChain {
  if (typeof network !== 'string' || !Array.isArray(coverage)) throw notFromBitql();
  return {
    network,
    height: heightOf(tip),
    nodeHeight: heightOf(nodeTip),
    coverage: coverage.map((range) => {
      const { from, to } = objectOf(range);
      return { from: wholeNumber(from), to: wholeNumber(to) };
    }),
  };
}

function heightOf(block: unknown): number | null {
  return block === null ? null : wholeNumber(objectOf(block).height);
}

function wholeNumber(value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw notFromBitql();
}

function objectOf(value: unknown): JsonObject {
  if (isJsonObject(value)) return value;
  throw notFromBitql();
}

function notFromBitql(): Error {
  return new Error('the answer is not from a BitQL gateway');
}
