import { BitqlError } from '../../src/errors.ts';
import { blockRefusal } from '../../src/rpc/codes.ts';
import { type NodeAnswer, nodeAt, request, unreachable, withoutSecrets } from '../../src/rpc/http.ts';
import { busyAnswer, type Pace } from '../../src/rpc/pace.ts';
import { LastingAnswer } from './lasting-answer.ts';

/** A path below /rest/; HASH and COUNT are placeholders. */
type RestEndpoint =
  | 'block/HASH.bin'
  /** The form of Core 24 and later. */
  | 'headers/HASH.bin?count=COUNT'
  /** The form of earlier versions and of the other nodes. */
  | 'headers/COUNT/HASH.bin'
  /** Since Core 30, and in Knots 29. */
  | 'spenttxouts/HASH.bin';

const NOT_FOUND = 404;
/**
 * Statuses with which the node, or a proxy before it, says that the endpoint does not exist for us. A proxy may also
 * redirect to a page of its own.
 */
const NOT_OFFERED = new Set([301, 302, 303, 307, 308, 400, 401, 403, NOT_FOUND, 405, 501]);
/** The media type of all answers. A proxy answers with pages. */
const BYTES = 'application/octet-stream';
/** From this status on, the node is starting, its queue of calls is full, or a proxy does not reach it. */
const SERVER_ERROR = 500;
/** Core: CheckWarmup in src/rest.cpp. */
const WARM_UP = /^Service temporarily unavailable: (.*)/;
const TIMEOUT_MS = 120_000;
const MAX_REASON = 500;

/** A request about a block. */
export interface RestQuestion {
  readonly endpoint: RestEndpoint;
  /** In display-order hex. */
  readonly hash: string;
  readonly count?: number;
  /** The longest answer, in bytes. */
  readonly maxBytes: number;
}

/** The node's REST interface (bitcoind -rest). It has no login, so many nodes do not offer it. */
export class RestClient {
  readonly #at: URL;
  /** Endpoints that the node turned out not to have. */
  readonly #missing = new Set<RestEndpoint>();

  readonly #signals: readonly AbortSignal[];
  readonly #pace: Pace;

  /**
   * @param at the node's address, below which its REST interface is
   * @param signal ends all answers
   */
  constructor(at: URL, pace: Pace, signal?: AbortSignal) {
    this.#at = at;
    this.#pace = pace;
    this.#signals = signal === undefined ? [] : [signal];
  }

  /** The node's name in messages. */
  get origin(): string {
    return this.#at.origin;
  }

  /**
   * The answer about a block, with its body unread; null if the node has no such endpoint. A missing endpoint is asked
   * only once.
   * @throws NODE_PRUNED, NODE_LACKS_BLOCK, NODE_UNREACHABLE, NODE_WARMING_UP, AnswerTooLongError, NODE_REFUSED (it
   *   does not have the block, or refuses the request)
   */
  async get(question: RestQuestion): Promise<LastingAnswer | null> {
    const { endpoint } = question;
    if (this.#missing.has(endpoint)) return null;
    const answer = await this.#ask(question);
    if (answer === null) {
      this.#missing.add(endpoint);
      return null;
    }
    return new LastingAnswer(answer, async () => {
      const again = await this.#ask(question);
      if (again !== null) return again;
      throw unreachable(this.origin, new Error('its REST interface is no longer available'));
    });
  }

  /** Null if the node has no such endpoint. */
  #ask(question: RestQuestion): Promise<NodeAnswer | null> {
    return this.#pace.run(() => this.#askOnce(question), { signals: this.#signals, isRepeatable: true });
  }

  async #askOnce({ endpoint, hash, count = 0, maxBytes }: RestQuestion): Promise<NodeAnswer | null> {
    const path = endpoint.replace('HASH', hash).replace('COUNT', String(count));
    // A compressed body would differ in length from what its header says.
    const init = { headers: { 'accept-encoding': 'identity' } };
    const question = { what: `/rest/${path}`, maxBytes, timeoutMs: TIMEOUT_MS, signals: this.#signals };
    const answer = await request(this.#at, question.what, question, init);
    if (answer.ok && (answer.headers.get('content-type') ?? BYTES).startsWith(BYTES)) return answer;
    const refusal = answer.ok ? null : this.#refusal(answer, await this.#reasonOf(answer), hash);
    if (refusal !== null) throw refusal;
    await answer.return();
    return null;
  }

  async #reasonOf(answer: NodeAnswer): Promise<string> {
    return withoutSecrets((await answer.bytes()).toString(), this.#at)
      .trim()
      .slice(0, MAX_REASON);
  }

  /** Null if the endpoint is missing. A node that has the endpoint names the block in its answer. */
  #refusal(answer: NodeAnswer, reason: string, hash: string): BitqlError | null {
    const node = nodeAt(this.origin);
    const { status } = answer;
    // A block that cannot be read is answered with 500. A proxy's page names the requested path.
    const isAboutBlock =
      (status === NOT_FOUND && reason.startsWith(hash)) || (status === SERVER_ERROR && reason.includes(hash));
    if (NOT_OFFERED.has(status) && !isAboutBlock) return null;
    if (isAboutBlock) return blockRefusal(node, reason) ?? refusedBlock(node, hash, status, reason);
    const warmUp = WARM_UP.exec(reason);
    if (warmUp !== null) return new BitqlError('NODE_WARMING_UP', `${node} is starting: ${warmUp[1]}`);
    const busy = busyAnswer(this.origin, answer, reason);
    if (busy !== null) return busy;
    if (status >= SERVER_ERROR) {
      return new BitqlError('NODE_UNREACHABLE', `${node} cannot answer now (${httpFailure(status, reason)}).`);
    }
    return refusedBlock(node, hash, status, reason);
  }
}

function refusedBlock(node: string, hash: string, status: number, reason: string): BitqlError {
  return new BitqlError('NODE_REFUSED', `${node} refuses block ${hash} by REST (${httpFailure(status, reason)}).`);
}

function httpFailure(status: number, reason: string): string {
  return `HTTP ${status}${reason === '' ? '' : `: ${reason}`}`;
}
