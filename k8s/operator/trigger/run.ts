import type { BlockTriggerStatus } from '../../api/block-trigger.ts';
import type { BlockTrigger } from '../../api/kinds.ts';
import type { ReconcileContext } from '../runtime/reconciler.ts';
import { type Resource, timeText } from '../runtime/resource.ts';
import type { Silences } from '../runtime/silences.ts';
import { conditionOf } from '../runtime/status.ts';
import { Maker, surplus } from './apply.ts';
import type { ChainCursor } from './chain.ts';
import type { Child } from './children.ts';
import { accessIndex, type accessNode, answering, indexEndpoint, type NodeAccess, UNREACHABLE } from './inputs.ts';
import { matchesIn } from './matches.ts';
import { type BlockChange, type FollowRules, nextPage, placeOnChain, startOf } from './observe.ts';
import { type Occurrence, occasionKey } from './occurrence.ts';
import {
  type HandledCounts,
  isHandled,
  progressAt,
  progressOf,
  statusOfProgress,
  type TriggerProgress,
  TriggerStatusWriter,
  withCounts,
  withGivenUp,
  withHandled,
} from './status.ts';

/** After so many pages, other triggers get their turn. */
const MAX_PAGES = 8;
const NOTHING: HandledCounts = { created: 0, skipped: 0, orphaned: 0 };

/** How nodes and indexes are reached. */
interface TriggerRunOptions {
  readonly access: typeof accessNode;
  /** Indexes that did not answer, by URL. */
  readonly silences: Silences<string>;
}

/**
 * One pass over what happened since the last one, with the objects to create for it. Each object is created under a name that is
 * always the same, then noted in the status, and only noted objects may be deleted. So wherever a pass ends, the next one repeats
 * nothing.
 */
export class TriggerRun {
  readonly #context: ReconcileContext;
  readonly #writer: TriggerStatusWriter;
  readonly #trigger: BlockTrigger;
  readonly #access: typeof accessNode;
  readonly #silences: Silences<string>;
  #progress: TriggerProgress | null;

  constructor(trigger: BlockTrigger, context: ReconcileContext, { access, silences }: TriggerRunOptions) {
    this.#trigger = trigger;
    this.#context = context;
    this.#access = access;
    this.#silences = silences;
    this.#writer = new TriggerStatusWriter(trigger, context);
    this.#progress = progressOf(trigger.status);
  }

  get writer(): TriggerStatusWriter {
    return this.#writer;
  }

  /** Whether one of its objects is still running. */
  get isActive(): boolean {
    return this.#writer.active.length > 0;
  }

  /** The progress for the status. */
  get status(): BlockTriggerStatus {
    return this.#progress === null ? {} : statusOfProgress(this.#progress);
  }

  /** @returns whether there is more to do. @throws ObstacleError */
  async run(resources: readonly Resource[]): Promise<boolean> {
    const { cluster } = this.#context;
    const maker = await Maker.of(this.#trigger, cluster, resources);
    this.#writer.watch(maker);
    if (this.#progress !== null) await maker.delete(surplus(maker.children, this.#trigger.spec, this.#progress));
    if (this.#trigger.spec.suspend) return false;
    const access = await this.#access(this.#trigger, this.#context);
    const isOccasion = this.#trigger.spec.event === 'Synced' || this.#trigger.spec.event === 'ChainSplit';
    if (isOccasion) {
      await this.#meetOccasion(access, maker);
      return false;
    }
    const hasMore = await this.#follow(access, maker);
    await this.#deleteOrphans(access, maker);
    return hasMore;
  }

  async #follow({ chain }: NodeAccess, maker: Maker): Promise<boolean> {
    const { confirmations, fromHeight = null } = this.#trigger.spec;
    const rules = this.#rules();
    if (this.#progress === null) {
      const start = await answering(() => startOf(chain, confirmations, fromHeight));
      await this.#note(progressAt(start, this.#now()));
    }
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const progress = this.#progress!;
      const page = await answering(() => nextPage(chain, progress.cursor, rules));
      if (page === null) {
        const cursor = await answering(() => placeOnChain(chain, progress));
        await this.#note({ ...progress, cursor });
        continue;
      }
      for (const change of page.changes) await this.#handle(change, maker);
      if (page.cursor?.hash !== this.#progress!.cursor?.hash)
        await this.#note({ ...this.#progress!, cursor: page.cursor });
      if (!page.hasMore) return false;
    }
    return true;
  }

  #rules(): FollowRules {
    const { confirmations, every, fromHeight = 0, backlog, event } = this.#trigger.spec;
    const isOneEnough = event === 'BlockDisconnected' || backlog.policy === 'Skip';
    return { confirmations, every, fromHeight, limit: isOneEnough ? 1 : backlog.limit };
  }

  async #handle({ type, block, next, skipped }: BlockChange, maker: Maker): Promise<void> {
    const { event } = this.#trigger.spec;
    if ((type === 'disconnected') !== (event === 'BlockDisconnected')) return;
    await this.#makeOnce({ event, key: block.hash, block }, next, maker, skipped);
  }

  /** @param next the cursor after this occurrence */
  async #makeOnce(occurrence: Occurrence, next: ChainCursor, maker: Maker, skipped = 0): Promise<void> {
    const isDone = isHandled(this.#progress!, occurrence.key);
    const counts = isDone ? NOTHING : await this.#make(occurrence, maker);
    const progress = { ...withCounts(this.#progress!, { ...NOTHING, skipped }), cursor: next };
    await this.#note(isDone ? progress : withHandled(progress, occurrence, counts, this.#now()));
  }

  async #make(occurrence: Occurrence, maker: Maker): Promise<HandledCounts> {
    const { event, filter, maxMatchesPerBlock } = this.#trigger.spec;
    if (event !== 'TransactionMatched') return this.#makeAll([occurrence], maker);
    const endpoint = await indexEndpoint(this.#trigger, this.#context.cluster);
    if (isKnownSilent(this.#trigger)) this.#silences.expect(endpoint.url.href);
    const ask = accessIndex(endpoint, this.#context, this.#silences);
    const { txids, hasMore } = await matchesIn(ask, occurrence.block, filter ?? {}, maxMatchesPerBlock);
    const matches = txids.map((txid) => ({ ...occurrence, txid }));
    const counts = await this.#makeAll(matches, maker);
    return hasMore ? { ...counts, skipped: counts.skipped + 1 } : counts;
  }

  async #makeAll(occurrences: readonly Occurrence[], maker: Maker): Promise<HandledCounts> {
    let counts = NOTHING;
    for (const occurrence of occurrences) {
      await this.#giveUp(maker.replacedBy(occurrence));
      const { created, skipped } = await maker.make(occurrence);
      counts = { ...counts, created: counts.created + created, skipped: counts.skipped + skipped };
    }
    return counts;
  }

  /**
   * Noted before the deletion: should the block come back, it is not handled again, even if not all of its objects were created.
   */
  async #giveUp(children: readonly Child[]): Promise<void> {
    if (children.every(({ key }) => isHandled(this.#progress!, key))) return;
    await this.#note(withGivenUp(this.#progress!, children));
  }

  async #deleteOrphans({ chain }: NodeAccess, maker: Maker): Promise<void> {
    const { event, onReorg } = this.#trigger.spec;
    if (onReorg === 'Keep' || event === 'BlockDisconnected') return;
    const hashes = new Set(maker.children.map(({ blockHash }) => blockHash));
    const stale = await answering(() => chain.stale([...hashes]));
    const orphans = maker.children.filter(({ blockHash }) => stale.has(blockHash));
    if (orphans.length === 0) return;
    await this.#giveUp(orphans);
    await maker.delete(orphans);
    await this.#note(withCounts(this.#progress!, { ...NOTHING, orphaned: orphans.length }));
  }

  async #meetOccasion({ node, chain }: NodeAccess, maker: Maker): Promise<void> {
    const key = occasionKey(this.#trigger, node);
    this.#progress ??= progressAt(null, this.#now());
    if (key === null || isHandled(this.#progress, key)) return;
    const hash = node.status?.chain?.bestBlockHash ?? (await answering(() => chain.tip())).hash;
    const found = await answering(() => chain.block(hash));
    if (found === null) return;
    const { block } = found;
    const next = { hash: block.hash, height: block.height };
    await this.#makeOnce({ event: this.#trigger.spec.event, key, block }, next, maker);
  }

  async #note(progress: TriggerProgress): Promise<void> {
    this.#progress = progress;
    await this.#writer.write(this.status);
  }

  #now(): string {
    return timeText(this.#context.now());
  }
}

/** Whether its index did not answer, according to its status. */
function isKnownSilent(trigger: BlockTrigger): boolean {
  return conditionOf(trigger, 'IndexReady')?.reason === UNREACHABLE;
}
