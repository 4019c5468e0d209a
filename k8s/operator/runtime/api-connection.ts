import { type HttpMethod, IsomorphicFetchHttpLibrary, type KubeConfig, RequestContext } from '@kubernetes/client-node';
import { boundedText } from '../../../src/client/fetch-text.ts';
import { BitqlError } from '../../../src/errors.ts';
import { Deadline, pause } from '../../../src/waiting.ts';
import { ClusterError, clusterUnreachable, errorOfAnswer } from './cluster.ts';
import type { OperatorObserver } from './observer.ts';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Undefined values are left out. */
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  /** The type of the body [application/json]. */
  readonly contentType?: string;
  readonly accept?: string;
  /** The full name of the user to impersonate [none]. */
  readonly as?: string | undefined;
}

interface ApiCallOptions {
  readonly signal?: AbortSignal;
  /** The time limit for the whole answer, in milliseconds [that of the connection]. */
  readonly deadlineMs?: number;
  /** Whether it bypasses the rate limit, because a lease may expire [false]. */
  readonly isUrgent?: boolean;
}

type HttpAnswer = Awaited<ReturnType<ReturnType<IsomorphicFetchHttpLibrary['send']>['toPromise']>>;
type Dispatcher = Exclude<ReturnType<RequestContext['getDispatcher']>, undefined>;

/** A page has 500 objects. etcd stores none above 1.5 MiB, and those that we read whole are small. */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024;
/** Connections are replaced after that time, to use the current certificates and authorities. */
const POOL_AGE_MS = 10 * 60_000;

/**
 * HTTP to a Kubernetes API, with any login of kubeconfig files. The object API of the client library is not used: its calls have
 * no deadline, open a connection each, and drop unknown fields of objects.
 */
export class ApiConnection {
  readonly #config: KubeConfig;
  readonly #observer: OperatorObserver;
  readonly #deadlineMs: number;
  readonly #rate: RateLimit | null;
  readonly #http = new IsomorphicFetchHttpLibrary();
  #pool: { readonly dispatcher: Dispatcher; readonly since: number } | null = null;

  /**
   * @param deadlineMs the time limit of a call, in milliseconds
   * @param rate the rate limit; null for none
   */
  constructor(config: KubeConfig, observer: OperatorObserver, deadlineMs = 15_000, rate: RateLimit | null = null) {
    this.#config = config;
    this.#observer = observer;
    this.#deadlineMs = deadlineMs;
    this.#rate = rate;
  }

  /** The address of the API. */
  get server(): string {
    return this.#config.getCurrentCluster()!.server;
  }

  /** The answer, parsed as JSON. */
  async json<T>(request: ApiRequest, options: ApiCallOptions = {}): Promise<T> {
    const { signal, deadlineMs = this.#deadlineMs, isUrgent = false } = options;
    if (!isUrgent) await this.#rate?.turn(signal);
    const late = () => new Error(`no answer within ${deadlineMs / 1_000} s`);
    using deadline = new Deadline(deadlineMs, late, signal);
    return await this.#observed(request, deadline.signal, async (answer) => parsed(await textOf(answer)) as T);
  }

  /** The answer as a stream, until the signal. The caller sets its own deadline. */
  async stream(request: ApiRequest, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    return this.#observed(request, signal, async (answer) => {
      const stream = answer.body.stream();
      if (stream === null) throw new Error('its answer has no body');
      return stream;
    });
  }

  async #observed<T>(request: ApiRequest, signal: AbortSignal, read: (answer: HttpAnswer) => Promise<T>): Promise<T> {
    const start = performance.now();
    const what = `${request.method} ${request.path}`;
    let code = 'none';
    try {
      const answer = await this.#send(request, signal);
      code = String(answer.httpStatusCode);
      if (answer.httpStatusCode < 300) return await read(answer);
      throw errorOfAnswer(what, answer.httpStatusCode, await textOf(answer), answer.headers['retry-after']);
    } catch (error) {
      if (error instanceof ClusterError) throw error;
      if (!signal.aborted) throw clusterUnreachable(what, error);
      // Callers that abort give a BitqlError as the reason; any other reason is a timeout.
      throw signal.reason instanceof BitqlError ? signal.reason : clusterUnreachable(what, signal.reason);
    } finally {
      this.#observer.called(request.method, code, (performance.now() - start) / 1_000);
    }
  }

  async #send(request: ApiRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const url = new URL(this.server + request.path);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    const context = new RequestContext(url.href, request.method as HttpMethod);
    await this.#authorise(context);
    context.setHeaderParam('Accept', request.accept ?? 'application/json');
    context.setHeaderParam('User-Agent', 'bitql-operator');
    if (request.as !== undefined) context.setHeaderParam('Impersonate-User', request.as);
    if (request.body !== undefined) {
      context.setHeaderParam('Content-Type', request.contentType ?? 'application/json');
      context.setBody(JSON.stringify(request.body));
    }
    context.setSignal(signal);
    return this.#http.send(context).toPromise();
  }

  /** The client library makes a connection pool for each call; ours is kept for a while. */
  async #authorise(context: RequestContext): Promise<void> {
    await this.#config.applySecurityAuthentication(context).catch((error: unknown) => {
      throw new Error(`the login of the kubeconfig file does not work (${(error as Error).message})`);
    });
    const fresh = context.getDispatcher();
    if (fresh === undefined) return;
    if (this.#pool === null || performance.now() - this.#pool.since > POOL_AGE_MS) {
      void this.#pool?.dispatcher.close();
      this.#pool = { dispatcher: fresh.compose(overHttp1), since: performance.now() };
    }
    context.setDispatcher(this.#pool.dispatcher);
  }
}

/** An idle HTTP/2 session of undici (8.13) may fail with an error that cannot be caught, which ends the process. */
function overHttp1(dispatch: Dispatcher['dispatch']): Dispatcher['dispatch'] {
  const http1 = { allowH2: false };
  return (options, handler) => dispatch({ ...options, ...http1 }, handler);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('its answer is not JSON');
  }
}

function textOf({ body }: HttpAnswer): Promise<string> {
  const tooLong = () => new Error(`it is longer than ${MAX_ANSWER_BYTES} bytes`);
  return boundedText(body.stream() as ReadableStream<Uint8Array> | null, MAX_ANSWER_BYTES, tooLong);
}

/** Seconds worth of calls that a quiet caller may make at once. */
const BURST_SECONDS = 2;

/** Limits the number of turns per second. Callers get them in the order in which they came. */
export class RateLimit {
  readonly #intervalMs: number;
  readonly #burstMs = BURST_SECONDS * 1_000;
  /** The time of the last turn if all had been evenly spaced, by `performance.now()`. */
  #lastAt = Number.NEGATIVE_INFINITY;

  constructor(perSecond: number) {
    this.#intervalMs = 1_000 / perSecond;
  }

  /** Resolves when it is the caller's turn, or at the signal. */
  async turn(signal?: AbortSignal): Promise<void> {
    const now = performance.now();
    this.#lastAt = Math.max(this.#lastAt + this.#intervalMs, now - this.#burstMs);
    if (this.#lastAt > now) await pause(this.#lastAt - now, signal);
  }
}
