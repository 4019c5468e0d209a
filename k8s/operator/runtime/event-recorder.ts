import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { Cluster } from './cluster.ts';
import { EVENT } from './kinds.ts';
import { type ApiObject, type KubernetesObject, timeText } from './resource.ts';

type EventType = 'Normal' | 'Warning';

/** Reports to users what happened to an object, in `kubectl describe` and `kubectl get events`. */
export interface EventRecorder {
  /**
   * Returns at once and never fails. A repeated event raises the count of the existing one.
   * @param regarding an object that was read from the cluster
   * @param reason one word in CamelCase, for example `ChainSplit`
   * @param message for people; no secrets, no numbers that change all the time
   */
  record(regarding: ApiObject, type: EventType, reason: string, message: string): void;
}

/** The reporter of events. */
interface EventSource {
  /** `bitql-operator` */
  readonly component: string;
  /** Which instance of the component. */
  readonly instance: string;
}

interface EventObject extends KubernetesObject {
  readonly count?: number;
}

interface WaitingEvent {
  readonly event: KubernetesObject;
  count: number;
}

const MAX_WAITING = 1_000;
/** Different messages for one reason and object within ten minutes; further ones share one Event. */
const MAX_MESSAGES = 10;
const MESSAGES_MS = 10 * 60_000;
const MAX_MESSAGE_LENGTH = 1_000;
const COMBINED = '(combined from similar events) ';

/**
 * Writes Events of core/v1. The name of an Event is derived from its content, so repetitions are counted, also those of an
 * earlier operator. Events are written one after the other; a repetition of one that still waits costs nothing.
 */
export class ApiEventRecorder implements EventRecorder {
  readonly #cluster: Cluster;
  readonly #source: EventSource;
  readonly #log: Logger;
  readonly #messages = new LRUCache<string, Set<string>>({ max: 1_000, ttl: MESSAGES_MS });
  readonly #waiting = new Map<string, WaitingEvent>();
  #writing: Promise<void> | null = null;

  constructor(cluster: Cluster, source: EventSource, log: Logger) {
    this.#cluster = cluster;
    this.#source = source;
    this.#log = log;
  }

  record(regarding: ApiObject, type: EventType, reason: string, message: string): void {
    const group = JSON.stringify([regarding.metadata.uid, regarding.metadata.name, type, reason]);
    const text = message.slice(0, MAX_MESSAGE_LENGTH);
    const isOneTooMany = this.#isOneTooMany(group, text);
    const hash = createHash('sha256').update(group + (isOneTooMany ? COMBINED : text));
    const name = `${regarding.metadata.name.slice(0, 200)}.${hash.digest('hex').slice(0, 16)}`;
    const count = (this.#waiting.get(name)?.count ?? 0) + 1;
    if (count === 1 && this.#waiting.size >= MAX_WAITING) {
      this.#log.debug(`Too many events: ${reason} was not recorded.`);
      return;
    }
    const content = { type, reason, message: isOneTooMany ? COMBINED + text : text };
    this.#waiting.set(name, { event: this.#event(regarding, name, content), count });
    this.#writing ??= this.#write();
  }

  /** Resolves when all recorded events are written, or have failed. */
  async flushed(): Promise<void> {
    await this.#writing;
  }

  #isOneTooMany(group: string, text: string): boolean {
    const messages = this.#messages.get(group) ?? new Set();
    if (messages.has(text)) return false;
    if (messages.size >= MAX_MESSAGES) return true;
    this.#messages.set(group, messages.add(text));
    return false;
  }

  async #write(): Promise<void> {
    for (const [name, { event, count }] of this.#waiting) {
      this.#waiting.delete(name);
      try {
        await this.#send(event, count);
      } catch (error) {
        this.#log.debug({ err: error }, `An event could not be recorded: ${event.reason}`);
      }
    }
    this.#writing = null;
  }

  async #send(event: KubernetesObject, count: number): Promise<void> {
    if ((await this.#cluster.create({ ...event, count })) === 'created') return;
    const { namespace = '', name } = event.metadata;
    const there = await this.#cluster.get<EventObject>(EVENT, namespace, name);
    const { lastTimestamp, message } = event;
    await this.#cluster.patch(EVENT, namespace, name, { lastTimestamp, message, count: (there?.count ?? 1) + count });
  }

  #event(
    { apiVersion, kind, metadata }: ApiObject,
    name: string,
    content: { readonly type: EventType; readonly reason: string; readonly message: string },
  ): KubernetesObject {
    const { uid, resourceVersion, namespace = 'default' } = metadata;
    const now = timeText(Date.now());
    return {
      apiVersion: EVENT.apiVersion,
      kind: EVENT.kind,
      metadata: { name, namespace },
      involvedObject: { apiVersion, kind, name: metadata.name, namespace: metadata.namespace, uid, resourceVersion },
      ...content,
      firstTimestamp: now,
      lastTimestamp: now,
      source: { component: this.#source.component, host: this.#source.instance },
      reportingComponent: this.#source.component,
      reportingInstance: this.#source.instance,
    };
  }
}
