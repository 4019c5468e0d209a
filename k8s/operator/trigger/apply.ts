import type { BlockTriggerSpec } from '../../api/block-trigger.ts';
import type { BlockTrigger } from '../../api/kinds.ts';
import type { Cluster } from '../runtime/cluster.ts';
import { controllerOf, type KubernetesObject, type Resource } from '../runtime/resource.ts';
import { byAge, type Child, type ChildOutcome, childIn, decide } from './children.ts';
import { desiredChild } from './desired.ts';
import { childName, childSelector, TRIGGER } from './names.ts';
import type { Occurrence } from './occurrence.ts';
import { kindText, permitted } from './permission.ts';
import { isBehind, type TriggerProgress } from './status.ts';

interface Made {
  readonly created: number;
  /** Not created because an earlier object was still running. */
  readonly skipped: number;
}

/** Creates and deletes the objects of a trigger's templates, and knows which exist. */
export class Maker {
  readonly #trigger: BlockTrigger;
  readonly #cluster: Cluster;
  readonly #resources: readonly Resource[];
  #children: readonly Child[];

  private constructor(
    trigger: BlockTrigger,
    cluster: Cluster,
    resources: readonly Resource[],
    children: readonly Child[],
  ) {
    this.#trigger = trigger;
    this.#cluster = cluster;
    this.#resources = resources;
    this.#children = children;
  }

  /** @param resources the kinds of the templates */
  static async of(trigger: BlockTrigger, cluster: Cluster, resources: readonly Resource[]): Promise<Maker> {
    const { namespace, uid } = trigger.metadata;
    const children: Child[] = [];
    for (const resource of resources) {
      const options = { namespace, labelSelector: childSelector(trigger) };
      const list = () => cluster.list<KubernetesObject>(resource, options);
      const found = await permitted({ verb: 'list', resource, namespace }, list);
      const own = found.filter((object) => controllerOf(object, TRIGGER)?.uid === uid);
      children.push(...own.map((object) => childIn(object, resource)).filter((child) => child !== null));
    }
    return new Maker(trigger, cluster, resources, children);
  }

  get children(): readonly Child[] {
    return this.#children;
  }

  /** Objects that have not ended, oldest first, as `Job/NAME`. */
  get active(): string[] {
    const running = byAge(this.#children).filter(({ outcome }) => outcome === 'running');
    return running.map(({ resource, name }) => `${resource.kind}/${name}`);
  }

  /** Running objects that are deleted to make room for those of an occurrence. */
  replacedBy(occurrence: Occurrence): readonly Child[] {
    const missing = this.#trigger.spec.templates.filter((template) => {
      return !this.#isThere(childName(this.#trigger, template, occurrence));
    });
    return missing.flatMap((template) => decide(template, occurrence.key, this.#children).replaced);
  }

  /**
   * Creates the objects of all templates for an occurrence. An existing object counts as created: an earlier call created it
   * without noting that.
   */
  async make(occurrence: Occurrence): Promise<Made> {
    let created = 0;
    let skipped = 0;
    for (const template of this.#trigger.spec.templates) {
      const object = desiredChild(this.#trigger, template, occurrence);
      const isThere = this.#isThere(object.metadata.name);
      const { isMade, replaced } = decide(template, occurrence.key, this.#children);
      if (!isThere && !isMade) skipped++;
      else created++;
      if (isThere || !isMade) continue;
      await this.delete(replaced);
      await this.#create(object);
    }
    return { created, skipped };
  }

  async delete(children: readonly Child[]): Promise<void> {
    const { metadata, spec } = this.#trigger;
    const as = spec.serviceAccountName;
    for (const { resource, name, uid } of children) {
      const options = { ...(uid !== undefined && { uid }), ...(as !== undefined && { as }) };
      const call = () => this.#cluster.delete(resource, metadata.namespace, name, options);
      await permitted({ verb: 'delete', resource, namespace: metadata.namespace, as }, call);
      this.#children = this.#children.filter((child) => child.name !== name || child.resource !== resource);
    }
  }

  #isThere(name: string): boolean {
    return this.#children.some((child) => child.name === name);
  }

  async #create(object: KubernetesObject): Promise<void> {
    const as = this.#trigger.spec.serviceAccountName;
    const { namespace } = this.#trigger.metadata;
    const resource = this.#resources.find((of) => kindText(of) === kindText(object));
    if (resource === undefined) throw new TypeError(`${kindText(object)} is of no template`);
    const call = () => this.#cluster.create(object, as === undefined ? {} : { as });
    await permitted({ verb: 'create', resource, namespace, as }, call);
    const child = childIn(object, resource);
    if (child !== null) this.#children = [...this.#children, { ...child, created: LATEST }];
  }
}

/** A new object is newer than all objects with a time. */
const LATEST = '9999';

/** Ended objects beyond the history limits, oldest first, without those that may still be needed as proof. */
export function surplus(children: readonly Child[], { history }: BlockTriggerSpec, progress: TriggerProgress): Child[] {
  const ended = byAge(children).filter((child) => child.outcome !== 'running' && isBehind(progress, child));
  const limits: readonly (readonly [ChildOutcome, number])[] = [
    ['succeeded', history.succeeded],
    ['failed', history.failed],
  ];
  const templates = new Set(ended.map(({ template }) => template));
  return [...templates].flatMap((template) =>
    limits.flatMap(([outcome, limit]) => {
      const group = ended.filter((child) => child.template === template && child.outcome === outcome);
      return group.slice(0, Math.max(0, group.length - limit));
    }),
  );
}
