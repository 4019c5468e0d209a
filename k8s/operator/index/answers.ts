import { fetchText } from '../../../src/client/fetch-text.ts';
import { isJsonObject, type JsonObject, parsedJson } from '../../../src/json.ts';
import type { ObjectKey } from '../runtime/resource.ts';
import { gatewayUrl } from './names.ts';

/** What a gateway says of itself and of the index, as far as it is asked. */
export interface GatewayAnswer {
  /** Why the store cannot be read; null where it can. */
  readonly storeProblem: { readonly reason: string; readonly message: string } | null;
  /** Null until the store was read once. */
  readonly chain: IndexedChain | null;
}

export interface IndexedChain {
  readonly network: string;
  /** Of the highest indexed block; null where there is none yet. */
  readonly height: number | null;
  /** Of the node's highest block, as the indexer last saw it. */
  readonly nodeHeight: number | null;
  readonly coverage: readonly { readonly from: number; readonly to: number }[];
}

/** Why no gateway said anything. */
export class GatewaySilent extends Error {}
/** The reason of conditions that are not known because of it. */
export const GATEWAY_SILENT = 'GatewaySilent';

const TIMEOUT_MS = 3_000;
/** An answer has some hundred bytes. */
const MAX_BYTES = 65_536;

/** Asks whichever gateway the Service leads to. @throws GatewaySilent */
export async function readGatewayStatus(key: ObjectKey, signal: AbortSignal): Promise<GatewayAnswer> {
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
  if (typeof network !== 'string' || !Array.isArray(coverage)) throw odd();
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
  throw odd();
}

function objectOf(value: unknown): JsonObject {
  if (isJsonObject(value)) return value;
  throw odd();
}

function odd(): Error {
  return new Error('the answer is not from a BitQL gateway');
}
