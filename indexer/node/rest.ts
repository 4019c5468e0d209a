import { BitqlError } from '../../src/errors.ts';
import { nodeAt, pruned, request } from '../../src/rpc/http.ts';

/** What is asked for, by its path below /rest/; HASH and COUNT stand for what changes. */
export type RestEndpoint =
  | 'block/HASH.bin'
  /** The form since Core 24. */
  | 'headers/HASH.bin?count=COUNT'
  /** The form before, and that of the other nodes. */
  | 'headers/COUNT/HASH.bin'
  /** Since Core 30, and in Knots 29. */
  | 'spenttxouts/HASH.bin';

const BAD_REQUEST = 400;
const NOT_FOUND = 404;
/** How the node, or a proxy before it, says that there is nothing here for us. */
const NOT_OFFERED = new Set([BAD_REQUEST, 401, 403, NOT_FOUND, 405, 501]);
/** From here on: the node is starting, has more calls waiting than it takes, or a proxy does not reach it. */
const SERVER_ERROR = 500;

/** The node's REST interface (bitcoind -rest). It has no login, so a node may well not offer it. */
export class Rest {
  readonly origin: string;
  /** Endpoints that turned out not to be there. */
  readonly #missing = new Set<RestEndpoint>();

  constructor(origin: string) {
    this.origin = origin;
  }

  /**
   * The answer about a block, with its body unread; null where the node has no such endpoint, which is asked once.
   * @throws NODE_PRUNED, NODE_UNREACHABLE, NODE_REFUSED (it has no such block, or not what is asked of it)
   */
  async get(endpoint: RestEndpoint, hash: string, count = 0): Promise<Response | null> {
    if (this.#missing.has(endpoint)) return null;
    const path = endpoint.replace('HASH', hash).replace('COUNT', String(count));
    // A compressed body would not be as long as its header says.
    const response = await request(this.origin, `/rest/${path}`, { headers: { 'accept-encoding': 'identity' } });
    if (response.ok) return response;
    const reason = (await response.text().catch(() => '')).trim();
    const refusal = this.#refusal(response.status, reason, hash);
    if (refusal === null) this.#missing.add(endpoint);
    else throw refusal;
    return null;
  }

  /** Null where it is the endpoint that is missing: a node that knows it names the block in its answer. */
  #refusal(status: number, reason: string, hash: string): BitqlError | null {
    const node = nodeAt(this.origin);
    const isAboutBlock = status === NOT_FOUND && reason.includes(hash);
    if (NOT_OFFERED.has(status) && !isAboutBlock) return null;
    if (isAboutBlock && /pruned/i.test(reason)) return pruned(node);
    if (status >= SERVER_ERROR) {
      return new BitqlError('NODE_UNREACHABLE', `${node} cannot answer now (HTTP ${status}): ${reason}`);
    }
    return new BitqlError('NODE_REFUSED', `${node} refuses block ${hash} by REST (HTTP ${status}): ${reason}`);
  }
}
