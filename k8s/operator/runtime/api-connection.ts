import { type HttpMethod, IsomorphicFetchHttpLibrary, type KubeConfig, RequestContext } from '@kubernetes/client-node';
import { boundedText } from '../../../src/client/bounded-text.ts';
import { BitqlError } from '../../../src/errors.ts';
import { Deadline } from '../../../src/waiting.ts';
import { ClusterError, clusterUnreachable, errorOfAnswer } from './cluster-error.ts';
import type { OperatorObserver } from './observer.ts';
import type { RateLimit } from './rate-limit.ts';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** What is undefined is left out. */
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  /** Of the body [application/json]. */
  readonly contentType?: string;
  readonly accept?: string;
  /** Whose rights count, by their full name [ours]. */
  readonly as?: string | undefined;
}

export interface ApiCallOptions {
  readonly signal?: AbortSignal;
  /** Until all of the answer is here, in milliseconds [that of the connection]. */
  readonly deadlineMs?: number;
  /** Whether it does not wait for its turn among all calls: a lease runs out [false]. */
  readonly isUrgent?: boolean;
}

type HttpAnswer = Awaited<ReturnType<ReturnType<IsomorphicFetchHttpLibrary['send']>['toPromise']>>;
type Dispatcher = Exclude<ReturnType<RequestContext['getDispatcher']>, undefined>;

/** A page has 500 objects; etcd holds none above 1.5 MiB, and those that we read whole are small. */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024;
/** Connections are made anew after that long, with certificates and authorities as they are then. */
const POOL_AGE_MS = 10 * 60_000;

/**
 * HTTP to a Kubernetes API with the logins that kubeconfig files have. The client's own object API is not used: its calls have no
 * deadline, make a connection each, and drop fields of objects that it does not know.
 */
export class ApiConnection {
  readonly #config: KubeConfig;
  readonly #observer: OperatorObserver;
  readonly #deadlineMs: number;
  readonly #rate: RateLimit | null;
  readonly #http = new IsomorphicFetchHttpLibrary();
  #pool: { readonly dispatcher: Dispatcher; readonly since: number } | null = null;

  /**
   * @param deadlineMs of a call, in milliseconds
   * @param rate how many calls there may be; null for any number
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

  /** What is answered, as JSON. */
  async json<T>(request: ApiRequest, options: ApiCallOptions = {}): Promise<T> {
    const { signal, deadlineMs = this.#deadlineMs, isUrgent = false } = options;
    if (!isUrgent) await this.#rate?.turn(signal);
    const late = () => new Error(`no answer within ${deadlineMs / 1_000} s`);
    using deadline = new Deadline(deadlineMs, late, signal);
    return await this.#observed(request, deadline.signal, async (answer) => parsed(await textOf(answer)) as T);
  }

  /** What is answered, as it comes, until the signal; the deadline of this is the caller's own. */
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
      // Whoever stops us says why in an error of ours; else time ran out.
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

  /** The client makes a pool of connections for each call; ours is kept for a while. */
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

/** An idle HTTP/2 session of undici (8.13) may end with an error that nobody can catch, and so end the process. */
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
