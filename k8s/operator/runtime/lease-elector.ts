import type { Logger } from 'pino';
import { pause } from '../../../src/waiting.ts';
import type { ApiConnection } from './api-connection.ts';
import { hasStatus } from './cluster-error.ts';
import { LEASE } from './kinds.ts';
import type { OperatorObserver } from './observer.ts';
import { collectionPath, objectPath } from './resource.ts';
import { RenewedTenure, type Tenure } from './tenure.ts';
import { microTimeText } from './time.ts';

export interface ElectionOptions {
  readonly namespace: string;
  readonly name: string;
  /** Of this process and no other one, ever. */
  readonly identity: string;
  readonly times?: ElectionTimes;
}

export interface ElectionTimes {
  /** For how long others leave a lease alone that is not renewed. */
  readonly leaseMs: number;
  /** After how long without a renewal its holder stops: before others may take it. */
  readonly renewDeadlineMs: number;
  /** Between two attempts. */
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
 * Has one of several processes lead, by a Lease (coordination.k8s.io/v1) in the manner of client-go. Clocks of machines are not
 * compared: a lease has run out when it was not seen to change for as long as it lasts.
 */
export class LeaseElector {
  readonly #connection: ApiConnection;
  readonly #options: ElectionOptions;
  readonly #times: ElectionTimes;
  readonly #log: Logger;
  readonly #observer: OperatorObserver;
  /** The lease as it was last seen to change, and when. */
  #seen: { readonly version: string | undefined; readonly at: number } | null = null;

  constructor(connection: ApiConnection, options: ElectionOptions, log: Logger, observer: OperatorObserver) {
    this.#connection = connection;
    this.#options = options;
    this.#times = options.times ?? ELECTION_TIMES;
    this.#log = log;
    this.#observer = observer;
  }

  /**
   * Waits for the lease, then works under it and renews it meanwhile; gives it back behind the work.
   * @param signal ends the waiting; the work has to end by itself
   * @throws LEASE_LOST where it could not be renewed; the work has ended then, too
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

  /** Null at the signal. */
  async #acquire(signal: AbortSignal): Promise<{ lease: Lease; at: number } | null> {
    let isTold = false;
    while (!signal.aborted) {
      const at = performance.now();
      try {
        const lease = await this.#tryAcquire(signal);
        if (typeof lease === 'object') return { lease, at };
        if (!isTold) this.#log.info(`Standing by: ${lease} leads.`);
        isTold = true;
      } catch (error) {
        if (signal.aborted) return null;
        if (!hasStatus(error, 409)) this.#log.warn({ err: error }, 'The lease could not be requested');
      }
      await pause(this.#times.retryMs * (1 + Math.random() / 5), signal);
    }
    return null;
  }

  /** The lease, or who has it. */
  async #tryAcquire(signal: AbortSignal): Promise<Lease | string> {
    const lease = await this.#read(signal);
    if (lease === null) return this.#write('POST', this.#ours(undefined), signal);
    const version = lease.metadata.resourceVersion;
    if (this.#seen === null || this.#seen.version !== version) this.#seen = { version, at: performance.now() };
    const { holderIdentity = '', leaseDurationSeconds = 0 } = lease.spec ?? {};
    const hasRunOut = performance.now() - this.#seen.at > leaseDurationSeconds * 1_000;
    return holderIdentity === '' || hasRunOut ? this.#write('PUT', this.#ours(lease), signal) : holderIdentity;
  }

  /** Renews until the signal, or until the tenure is over. @returns the lease as it is; null if another has it */
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

  /** So that the next one need not wait. */
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

  /** So short that there is time for a second attempt. */
  #call(signal: AbortSignal | undefined) {
    return { deadlineMs: this.#times.renewDeadlineMs / 2, isUrgent: true, ...(signal !== undefined && { signal }) };
  }
}
