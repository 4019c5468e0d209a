import type { Logger } from 'pino';
import { pause } from '../../../src/waiting.ts';
import type { ApiConnection } from './api-connection.ts';
import { hasStatus } from './cluster.ts';
import { LEASE } from './kinds.ts';
import type { OperatorObserver } from './observer.ts';
import { collectionPath, microTimeText, objectPath } from './resource.ts';
import { RenewedTenure, type Tenure } from './tenure.ts';

export interface ElectionOptions {
  readonly namespace: string;
  readonly name: string;
  /** Unique to this process. */
  readonly identity: string;
  readonly times?: ElectionTimes;
}

interface ElectionTimes {
  /** How long others leave a lease alone that is not renewed. */
  readonly leaseMs: number;
  /** After this time without a renewal, the holder stops. It is shorter, so that it stops before others may lead. */
  readonly renewDeadlineMs: number;
  /** Time between two attempts. */
  readonly retryMs: number;
}

export const ELECTION_TIMES: ElectionTimes = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };

interface Lease {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string; readonly resourceVersion?: string };
  readonly spec?: LeaseSpec;
}

interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

/**
 * Lets one of several processes lead, by a Lease (coordination.k8s.io/v1), as client-go does. Clocks of machines are not
 * compared: a lease has expired if it was not seen to change for its duration.
 */
export class LeaseElector {
  readonly #connection: ApiConnection;
  readonly #options: ElectionOptions;
  readonly #times: ElectionTimes;
  readonly #log: Logger;
  readonly #observer: OperatorObserver;
  /** The version of the lease that was last seen, and since when. */
  #seen: { readonly version: string | undefined; readonly at: number } | null = null;

  constructor(connection: ApiConnection, options: ElectionOptions, log: Logger, observer: OperatorObserver) {
    this.#connection = connection;
    this.#options = options;
    this.#times = options.times ?? ELECTION_TIMES;
    this.#log = log;
    this.#observer = observer;
  }

  /**
   * Waits for the lease, then works and renews it meanwhile; releases it after the work.
   * @param signal ends the waiting; the work must end by itself
   * @throws LEASE_LOST if it could not be renewed; the work has ended by then
   */
  async lead(work: (tenure: Tenure) => Promise<void>, signal: AbortSignal): Promise<void> {
    const acquired = await this.#acquire(signal);
    if (acquired === null) return;
    this.#log.info(`Leading, as ${this.#options.identity}.`);
    this.#observer.leads(true);
    using tenure = new RenewedTenure(this.#times.renewDeadlineMs, acquired.at);
    const ended = new AbortController();
    const renewing = this.#renew(acquired.lease, tenure, ended.signal);
    try {
      await work(tenure);
    } finally {
      ended.abort();
      const last = await renewing;
      this.#observer.leads(false);
      if (last !== null && !tenure.signal.aborted) await this.#release(last);
    }
    tenure.signal.throwIfAborted();
  }

  /** Null after the signal. */
  async #acquire(signal: AbortSignal): Promise<{ lease: Lease; at: number } | null> {
    let isLogged = false;
    while (!signal.aborted) {
      const at = performance.now();
      try {
        const lease = await this.#tryAcquire(signal);
        if (typeof lease === 'object') return { lease, at };
        if (!isLogged) this.#log.info(`Standing by: ${lease} leads.`);
        isLogged = true;
      } catch (error) {
        if (signal.aborted) return null;
        if (!hasStatus(error, 409)) this.#log.warn({ err: error }, 'The lease could not be requested');
      }
      await pause(this.#times.retryMs * (1 + Math.random() / 5), signal);
    }
    return null;
  }

  /** The lease, or its holder. */
  async #tryAcquire(signal: AbortSignal): Promise<Lease | string> {
    const lease = await this.#read(signal);
    if (lease === null) return this.#write('POST', this.#ours(undefined), signal);
    const version = lease.metadata.resourceVersion;
    if (this.#seen === null || this.#seen.version !== version) this.#seen = { version, at: performance.now() };
    const { holderIdentity = '', leaseDurationSeconds = 0 } = lease.spec ?? {};
    const hasRunOut = performance.now() - this.#seen.at > leaseDurationSeconds * 1_000;
    return holderIdentity === '' || hasRunOut ? this.#write('PUT', this.#ours(lease), signal) : holderIdentity;
  }

  /** Renews until the signal or the end of the tenure. @returns the current lease; null if another process has it */
  async #renew(first: Lease, tenure: RenewedTenure, signal: AbortSignal): Promise<Lease | null> {
    let lease = first;
    for (;;) {
      await pause(this.#times.retryMs, signal);
      if (signal.aborted || tenure.signal.aborted) return lease;
      const begun = performance.now();
      try {
        const spec = { ...lease.spec, renewTime: microTimeText(Date.now()) };
        lease = await this.#write('PUT', { ...lease, spec }, tenure.signal);
        tenure.renewed(begun);
      } catch (error) {
        if (tenure.signal.aborted) return lease;
        this.#log.warn({ err: error }, 'The lease could not be renewed');
        const now = hasStatus(error, 409) ? await this.#read(tenure.signal).catch(() => null) : null;
        if (now === null) continue;
        if (now.spec?.holderIdentity !== this.#options.identity) {
          tenure.end();
          return null;
        }
        lease = now;
      }
    }
  }

  /** So that the next leader need not wait. */
  async #release(lease: Lease): Promise<void> {
    const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTimeText(Date.now()) };
    try {
      await this.#write('PUT', { ...lease, spec });
      this.#log.info('The lease was released.');
    } catch (error) {
      this.#log.warn({ err: error }, 'The lease could not be released: it will expire');
    }
  }

  #ours(lease: Lease | undefined): Lease {
    const { namespace, name, identity } = this.#options;
    const now = microTimeText(Date.now());
    const spec = {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(this.#times.leaseMs / 1_000),
      acquireTime: now,
      renewTime: now,
      leaseTransitions: lease === undefined ? 0 : (lease.spec?.leaseTransitions ?? 0) + 1,
    };
    return { apiVersion: LEASE.apiVersion, kind: LEASE.kind, metadata: { namespace, name }, ...lease, spec };
  }

  async #read(signal: AbortSignal): Promise<Lease | null> {
    try {
      return await this.#connection.json<Lease>({ method: 'GET', path: this.#path() }, this.#call(signal));
    } catch (error) {
      if (hasStatus(error, 404)) return null;
      throw error;
    }
  }

  #write(method: 'POST' | 'PUT', lease: Lease, signal?: AbortSignal): Promise<Lease> {
    const path = method === 'PUT' ? this.#path() : collectionPath(LEASE, this.#options.namespace);
    return this.#connection.json<Lease>({ method, path, body: lease }, this.#call(signal));
  }

  #path(): string {
    return objectPath(LEASE, this.#options);
  }

  /** Short enough for a second attempt. */
  #call(signal: AbortSignal | undefined) {
    return { deadlineMs: this.#times.renewDeadlineMs / 2, isUrgent: true, ...(signal !== undefined && { signal }) };
  }
}
