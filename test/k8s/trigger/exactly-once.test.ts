import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BlockTriggerSpec, BlockTriggerTemplate } from '../../../k8s/api/block-trigger.ts';
import type { BitcoinNode } from '../../../k8s/api/kinds.ts';
import type { KubernetesObject } from '../../../k8s/operator/runtime/resource.ts';
import type { BlockInfo } from '../../../k8s/operator/trigger/chain.ts';
import { BLOCK_ANNOTATION, childName } from '../../../k8s/operator/trigger/names.ts';
import { TriggerReconciler } from '../../../k8s/operator/trigger/reconciler.ts';
import { errorCode } from '../../../src/errors.ts';
import { amount } from '../../support/amount.ts';
import { ModelChain } from './support/model-chain.ts';
import { Crash, type Fate, ModelCluster } from './support/model-cluster.ts';
import { CREATED, JOB_MANIFEST, someTrigger } from './support/some-trigger.ts';

const RUNS = amount({ usual: 150, long: 2_000 });

type Step =
  | { readonly do: 'extend' | 'reorg' | 'comeBack'; readonly by: number }
  | { readonly do: 'finish' }
  | { readonly do: 'reconcile'; readonly fate: Fate | null; readonly meanwhile: readonly Step[] };

const by = fc.integer({ min: 1, max: 5 });
const chainStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('extend' as const), by }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('reorg' as const), by }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('comeBack' as const), by: fc.nat(100) }) },
);
const fate = fc.record({ call: fc.nat(12), isHeard: fc.boolean() });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: chainStep },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'finish' }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('reconcile' as const),
      fate: fc.option(fate),
      meanwhile: fc.array(chainStep, { maxLength: 2 }),
    }),
  },
);

const template = (name: string, concurrencyPolicy: 'Allow' | 'Replace' = 'Allow') => ({
  name,
  concurrencyPolicy,
  manifest: JOB_MANIFEST,
});

const rules = fc.record({
  confirmations: fc.constantFrom(1, 1, 3),
  every: fc.constantFrom(1, 1, 2, 3),
  onReorg: fc.constantFrom('Keep', 'DeleteOrphaned'),
  history: fc.record({ succeeded: fc.nat(2), failed: fc.constant(1) }),
  templates: fc.constantFrom(
    [template('a')],
    [template('a'), template('b')],
    [template('a'), template('r', 'Replace')],
  ),
}) satisfies fc.Arbitrary<Partial<BlockTriggerSpec>>;

/** A Job is created and not noted, its block leaves, another block's Job replaces it, and the block comes back. */
const REPLACED_AND_BACK: [Parameters<typeof someTrigger>[0] & object, Step[]] = [
  { templates: [template('a'), template('r', 'Replace')] },
  [
    { do: 'extend', by: 1 },
    { do: 'reconcile', fate: { call: 8, isHeard: true }, meanwhile: [] },
    { do: 'reconcile', fate: null, meanwhile: [{ do: 'reorg', by: 1 }] },
    { do: 'comeBack', by: 0 },
  ],
];

class World {
  readonly chain = new ModelChain();
  readonly cluster: ModelCluster;

  constructor(spec: Partial<BlockTriggerSpec>) {
    this.cluster = new ModelCluster(someTrigger({ fromHeight: 0, ...spec }));
  }

  act(taken: Step): void {
    if (taken.do === 'finish') this.cluster.finishAll();
    if (taken.do === 'extend') this.chain.extend(taken.by);
    if (taken.do === 'reorg') this.chain.reorg(taken.by);
    if (taken.do === 'comeBack') this.chain.comeBack(taken.by);
  }

  /** One reconcile by a new process. @returns whether there is more to do */
  async reconcile(end: Fate | null, meanwhile: readonly Step[] = [], pause?: () => Promise<void>): Promise<boolean> {
    const rest = [...meanwhile];
    this.chain.beforeCall = () => {
      const taken = rest.shift();
      if (taken !== undefined) this.act(taken);
    };
    const access = async () => ({ node: {} as BitcoinNode, chain: this.chain });
    const reconciler = new TriggerReconciler(undefined, access);
    const context = {
      cluster: this.cluster.seenBy(end, pause),
      events: { record() {} },
      signal: new AbortController().signal,
      now: () => Date.parse(CREATED),
      steadyNow: () => 0,
      outside: <T>(_host: string, call: () => Promise<T>) => call(),
    };
    try {
      return (await reconciler.reconcile(this.cluster.trigger, context)).requeueAfterMs === 0;
    } catch (error) {
      if (!(error instanceof Crash) && errorCode(error) !== 'CLUSTER_CONFLICT') throw error;
      return true;
    }
  }

  async settle(): Promise<void> {
    let isBusy = true;
    for (let runs = 0; isBusy; runs++) {
      isBusy = await this.reconcile(null);
      if (runs > 100) throw new Error('it does not come to an end');
    }
  }

  /** The blocks of the current main chain to handle, and the names of their objects. */
  expected(): { readonly block: BlockInfo; readonly names: readonly string[] }[] {
    const { trigger } = this.cluster;
    const { every, confirmations, templates, event } = trigger.spec;
    const isDeep = ({ height }: BlockInfo) => height <= this.chain.height - confirmations + 1 && height % every === 0;
    const nameOf = (block: BlockInfo) => (template: BlockTriggerTemplate) =>
      childName(trigger, template, { event, key: block.hash, block });
    return this.chain.main.filter(isDeep).map((block) => ({ block, names: templates.map(nameOf(block)) }));
  }

  /** Blocks for which an object is missing. */
  lacking(): unknown[] {
    const isMade = (name: string) => this.cluster.made.has(name);
    const lacking = this.expected().filter(({ names }) => !names.every(isMade));
    // Objects that were begun when their block was removed may be deleted with it, or for another. Then they are
    // missing when the block comes back.
    const { onReorg, templates } = this.cluster.trigger.spec;
    const isDeleted = onReorg === 'DeleteOrphaned' || templates.some((of) => of.concurrencyPolicy === 'Replace');
    return isDeleted ? lacking.filter(({ names }) => !names.some(isMade)) : lacking;
  }

  /** Objects of blocks that are not on the main chain. */
  orphans(): KubernetesObject[] {
    const main = new Set(this.chain.main.map(({ hash }) => hash));
    return [...this.cluster.children.values()].filter(
      ({ metadata }) => !main.has(metadata.annotations?.[BLOCK_ANNOTATION] ?? ''),
    );
  }
}

async function live(world: World, steps: readonly Step[]): Promise<void> {
  for (const taken of steps) {
    if (taken.do === 'reconcile') await world.reconcile(taken.fate, taken.meanwhile);
    else world.act(taken);
  }
  world.chain.extend(10); // beyond all that was begun
  await world.settle();
}

describe('a trigger', () => {
  it('handles each block once, whatever the chain does and wherever the operator stops', {
    timeout: 300_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(rules, fc.array(step, { maxLength: 40 }), async (spec, steps) => {
        const world = new World(spec);
        await live(world, steps);
        expect([...world.cluster.made.values()].filter((times) => times !== 1)).toEqual([]);
        expect(world.lacking()).toEqual([]);
        if (spec.onReorg === 'DeleteOrphaned') expect(world.orphans()).toEqual([]);
      }),
      { numRuns: RUNS, examples: [REPLACED_AND_BACK as never] },
    );
  });

  // Names prevent duplicates as long as the objects exist. If Replace deletes one early, only the lease does.
  it('creates nothing twice while two operators believe that they lead', { timeout: 300_000 }, async () => {
    const allowing = rules.filter(({ templates }) => templates.every((of) => of.concurrencyPolicy === 'Allow'));
    const race = fc.record({ before: fc.array(step, { maxLength: 6 }), blocks: by, again: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(allowing, fc.array(race, { maxLength: 6 }), fc.scheduler(), async (spec, races, scheduler) => {
        const world = new World(spec);
        const pause = () => scheduler.schedule(Promise.resolve());
        for (const { before, blocks, again } of races) {
          await live(world, before);
          world.chain.extend(blocks);
          // One process may be slow, and still be working when the other has noted its own objects and starts again.
          const other = async () => {
            await world.reconcile(null, [], pause);
            if (again) await world.reconcile(null, [], pause);
          };
          await scheduler.waitFor(Promise.all([world.reconcile(null, [], pause), other()]));
        }
        await world.settle();
        expect([...world.cluster.made.values()].filter((times) => times !== 1)).toEqual([]);
        expect(world.lacking()).toEqual([]);
      }),
      { numRuns: RUNS / 3 },
    );
  });

  it('handles each disconnected block once, and no other', { timeout: 300_000 }, async () => {
    const move = fc.record({ change: chainStep, fate: fc.option(fate) });
    await fc.assert(
      fc.asyncProperty(rules, fc.array(move, { maxLength: 25 }), async (spec, moves) => {
        const world = new World({ ...spec, event: 'BlockDisconnected' });
        const left = new Set<string>();
        await world.settle();
        for (const { change, fate: end } of moves) {
          const before = world.expected();
          world.act(change);
          const main = new Set(world.chain.main.map(({ hash }) => hash));
          for (const { block, names } of before) if (!main.has(block.hash)) for (const name of names) left.add(name);
          if (end !== null) await world.reconcile(end);
          await world.settle();
        }
        expect([...world.cluster.made.keys()].sort()).toEqual([...left].sort());
        expect([...world.cluster.made.values()].filter((times) => times !== 1)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });
});
