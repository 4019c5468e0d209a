import type { BlockTrigger } from '../../../../k8s/api/kinds.ts';
import {
  ClusterError,
  type DeleteOptions,
  type KnownCluster,
  type StatusOptions,
} from '../../../../k8s/operator/runtime/cluster.ts';
import { JOB } from '../../../../k8s/operator/runtime/kinds.ts';
import type { ApiObject, KubernetesObject, Resource } from '../../../../k8s/operator/runtime/resource.ts';
import { TRIGGER } from '../../../../k8s/operator/trigger/names.ts';

/** The end of an operator's process in the middle of its work. */
export class Crash extends Error {}

/** When a process ends: at which call, and whether before or after the cluster received it. */
export interface Fate {
  readonly call: number;
  readonly isHeard: boolean;
}

/**
 * The part of a cluster that exactly-once depends on, for thousands of histories: names are unique, versions count, and
 * a process may end around each call. The tests with a real API show that it behaves like this.
 */
export class ModelCluster {
  trigger: BlockTrigger;
  /** How many times each child was created. */
  readonly made = new Map<string, number>();
  readonly children = new Map<string, KubernetesObject>();
  #version = 1;

  constructor(trigger: BlockTrigger) {
    this.trigger = trigger;
  }

  /** Lets all running objects succeed. */
  finishAll(): void {
    for (const [name, child] of this.children) this.children.set(name, { ...child, status: { phase: 'Succeeded' } });
  }

  /** The cluster as a process sees it. @param pause awaited before and after each call */
  seenBy(fate: Fate | null, pause: () => Promise<void> = async () => {}): KnownCluster {
    let calls = 0;
    const during = async <T>(act: () => T): Promise<T> => {
      await pause();
      const isLast = calls++ === fate?.call;
      if (isLast && !fate.isHeard) throw new Crash();
      const result = act();
      if (isLast) throw new Crash();
      await pause();
      return structuredClone(result);
    };
    const unused = () => Promise.reject(new Error('no trigger asks for that'));
    return {
      read: unused,
      keep: unused,
      owned: () => [],
      get: (resource) => during(() => this.#get(resource)) as Promise<never>,
      list: () => during(() => [...this.children.values()]) as Promise<never>,
      applyStatus: (object, options) => during(() => this.#applyStatus(object, options)) as Promise<never>,
      create: (object) => during(() => this.#create(object)),
      delete: (_resource, _namespace, name, options) => during(() => this.#delete(name, options)),
      resourceOf: async () => ({ ...JOB, namespaced: true }),
      serves: async () => true,
      apply: unused,
      patch: unused,
    };
  }

  #get({ kind }: Resource): ApiObject | null {
    return kind === TRIGGER.kind ? this.trigger : null;
  }

  #applyStatus(object: ApiObject, { ifUnchanged = false }: StatusOptions = {}): BlockTrigger {
    const { metadata } = this.trigger;
    if (ifUnchanged && object.metadata.resourceVersion !== metadata.resourceVersion) {
      throw new ClusterError('CLUSTER_CONFLICT', 'It was changed.');
    }
    const { status } = structuredClone(object) as BlockTrigger;
    this.trigger = {
      ...this.trigger,
      status: status!,
      metadata: { ...metadata, resourceVersion: `${++this.#version}` },
    };
    return this.trigger;
  }

  #create(object: ApiObject): 'created' | 'exists' {
    const { name } = object.metadata;
    if (this.children.has(name)) return 'exists';
    const uid = `uid-${++this.#version}`;
    const metadata = { ...object.metadata, uid, creationTimestamp: new Date(this.#version * 1_000).toISOString() };
    this.children.set(name, { ...structuredClone(object), metadata });
    this.made.set(name, (this.made.get(name) ?? 0) + 1);
    return 'created';
  }

  #delete(name: string, { uid }: DeleteOptions = {}): void {
    const found = this.children.get(name);
    if (found !== undefined && uid !== undefined && found.metadata.uid !== uid) {
      throw new ClusterError('CLUSTER_CONFLICT', 'It is another one.');
    }
    this.children.delete(name);
  }
}
