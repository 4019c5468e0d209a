import { BitqlError } from '../../src/errors.ts';
import { nodeAt, pruned, withoutSecrets } from '../../src/rpc/http.ts';
import type { NodeAnswer } from '../../src/rpc/node-answer.ts';
import { request } from '../../src/rpc/request.ts';

/** What is asked for, by its path below /rest/; HASH and COUNT stand for what changes. */
export type RestEndpoint =
  | 'block/HASH.bin'
  /** The form since Core 24. */
  | 'headers/HASH.bin?count=COUNT'
  /** The form before, and that of the other nodes. */
  | 'headers/COUNT/HASH.bin'
  /** Since Core 30, and in Knots 29. */
  | 'spenttxouts/HASH.bin';

const NOT_FOUND = 404;
/** How the node, or a proxy before it, says that there is nothing here for us: it may also send us to a page of its own. */
const NOT_OFFERED = new Set([301, 302, 303, 307, 308, 400, 401, 403, NOT_FOUND, 405, 501]);
/** What all that is asked for comes as. A proxy answers with pages. */
const BYTES = 'application/octet-stream';
/** From here on: the node is starting, has more calls waiting than it takes, or a proxy does not reach it. */
const SERVER_ERROR = 500;
const TIMEOUT_MS = 120_000;
const MAX_REASON = 500;

/** What is asked for about a block. */
export interface RestQuestion {
  readonly endpoint: RestEndpoint;
  /** In display-order hex. */
  readonly hash: string;
  readonly count?: number;
  /** The longest answer, in bytes. */
  readonly maxBytes: number;
}

/** The node's REST interface (bitcoind -rest). It has no login, so a node may well not offer it. */
export class Rest {
  readonly #at: URL;
  /** Endpoints that turned out not to be there. */
  readonly #missing = new Set<RestEndpoint>();

  readonly #signals: readonly AbortSignal[];

  /**
   * @param at the node's address; REST is below it
   * @param signal ends all answers
   */
  constructor(at: URL, signal?: AbortSignal) {
    this.#at = at;
    this.#signals = signal === undefined ? [] : [signal];
  }

  /** As messages name the node. */
  get origin(): string {
    return this.#at.origin;
  }

  /**
   * The answer about a block, with its body unread; null where the node has no such endpoint, which is asked once.
   * @throws NODE_PRUNED, NODE_UNREACHABLE, AnswerTooLongError, NODE_REFUSED (it has no such block, or not what is asked of it)
   */
  async get({ endpoint, hash, count = 0, maxBytes }: RestQuestion): Promise<NodeAnswer | null> {
    if (this.#missing.has(endpoint)) return null;
    const path = endpoint.replace('HASH', hash).replace('COUNT', String(count));
    // A compressed body would not be as long as its header says.
    const init = { headers: { 'accept-encoding': 'identity' } };
    const question = { what: `/rest/${path}`, maxBytes, timeoutMs: TIMEOUT_MS, signals: this.#signals };
    const answer = await request(this.#at, question.what, question, init);
    if (answer.ok && (answer.headers.get('content-type') ?? BYTES).startsWith(BYTES)) return answer;
    const refusal = answer.ok ? null : this.#refusal(answer.status, await this.#reasonOf(answer), hash);
    if (refusal !== null) throw refusal;
    await answer.return();
    this.#missing.add(endpoint);
    return null;
  }

  async #reasonOf(answer: NodeAnswer): Promise<string> {
    return withoutSecrets((await answer.bytes()).toString(), this.#at)
      .trim()
      .slice(0, MAX_REASON);
  }

  /** Null where it is the endpoint that is missing: a node that knows it names the block in its answer. */
  #refusal(status: number, reason: string, hash: string): BitqlError | null {
    const node = nodeAt(this.origin);
    const said = `HTTP ${status}${reason === '' ? '' : `: ${reason}`}`;
    // A page of a proxy names the path that was asked for.
    const isAboutBlock = status === NOT_FOUND && reason.startsWith(hash);
    if (NOT_OFFERED.has(status) && !isAboutBlock) return null;
    if (isAboutBlock && /pruned/i.test(reason)) return pruned(node);
    if (status >= SERVER_ERROR) {
      return new BitqlError('NODE_UNREACHABLE', `${node} cannot answer now (${said}).`);
    }
    return new BitqlError('NODE_REFUSED', `${node} refuses block ${hash} by REST (${said}).`);
  }
}
