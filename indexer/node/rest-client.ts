import { BitqlError } from '../../src/errors.ts';
import { blockRefusal } from '../../src/rpc/block-refusal.ts';
import { nodeAt, unreachable, withoutSecrets } from '../../src/rpc/http.ts';
import type { NodeAnswer } from '../../src/rpc/node-answer.ts';
import { busyAnswer } from '../../src/rpc/node-busy.ts';
import type { Pace } from '../../src/rpc/pace.ts';
import { request } from '../../src/rpc/request.ts';
import { LastingAnswer } from './lasting-answer.ts';

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
/** Core: CheckWarmup in src/rest.cpp. */
const WARM_UP = /^Service temporarily unavailable: (.*)/;
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
export class RestClient {
  readonly #at: URL;
  /** Endpoints that turned out not to be there. */
  readonly #missing = new Set<RestEndpoint>();

  readonly #signals: readonly AbortSignal[];
  readonly #pace: Pace;

  /**
   * @param at the node's address; REST is below it
   * @param signal ends all answers
   */
  constructor(at: URL, pace: Pace, signal?: AbortSignal) {
    this.#at = at;
    this.#pace = pace;
    this.#signals = signal === undefined ? [] : [signal];
  }

  /** As messages name the node. */
  get origin(): string {
    return this.#at.origin;
  }

  /**
   * The answer about a block, with its body unread; null where the node has no such endpoint, which is asked once.
   * @throws NODE_PRUNED, NODE_LACKS_BLOCK, NODE_UNREACHABLE, NODE_WARMING_UP, AnswerTooLongError, NODE_REFUSED (it has no such block, or not what is asked of it)
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

  /** Null where the node has no such endpoint. */
  #ask(question: RestQuestion): Promise<NodeAnswer | null> {
    return this.#pace.run(() => this.#askOnce(question), { signals: this.#signals, isRepeatable: true });
  }

  async #askOnce({ endpoint, hash, count = 0, maxBytes }: RestQuestion): Promise<NodeAnswer | null> {
    const path = endpoint.replace('HASH', hash).replace('COUNT', String(count));
    // A compressed body would not be as long as its header says.
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

  /** Null where it is the endpoint that is missing: a node that knows it names the block in its answer. */
  #refusal(answer: NodeAnswer, reason: string, hash: string): BitqlError | null {
    const node = nodeAt(this.origin);
    const { status } = answer;
    // A block that cannot be read is told with 500. A page of a proxy names the path that was asked for.
    const isAboutBlock =
      (status === NOT_FOUND && reason.startsWith(hash)) || (status === SERVER_ERROR && reason.includes(hash));
    if (NOT_OFFERED.has(status) && !isAboutBlock) return null;
    if (isAboutBlock) return blockRefusal(node, reason) ?? refusedBlock(node, hash, status, reason);
    const warmUp = WARM_UP.exec(reason);
    if (warmUp !== null) return new BitqlError('NODE_WARMING_UP', `${node} is starting: ${warmUp[1]}`);
    const busy = busyAnswer(this.origin, answer, reason);
    if (busy !== null) return busy;
    if (status >= SERVER_ERROR) {
      return new BitqlError('NODE_UNREACHABLE', `${node} cannot answer now (${saidBy(status, reason)}).`);
    }
    return refusedBlock(node, hash, status, reason);
  }
}

function refusedBlock(node: string, hash: string, status: number, reason: string): BitqlError {
  return new BitqlError('NODE_REFUSED', `${node} refuses block ${hash} by REST (${saidBy(status, reason)}).`);
}

function saidBy(status: number, reason: string): string {
  return `HTTP ${status}${reason === '' ? '' : `: ${reason}`}`;
}
