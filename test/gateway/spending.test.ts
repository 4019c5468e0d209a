import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AccessStore, Grant, GrantRequest, Return } from '../../src/access/access-store.ts';
import { AccessTables } from '../../src/access/access-tables.ts';
import { DEFAULT_TIERS } from '../../src/access/tiers.ts';
import { BitqlError } from '../../src/errors.ts';
import { Allowance } from '../../src/gateway/callers/allowance.ts';
import { Counts } from '../../src/gateway/callers/counts.ts';
import { type Account, Bill, type PointsPayment } from '../../src/gateway/cost/bill.ts';
import { MAX_PRICE } from '../../src/gateway/cost/price.ts';
import { amount } from '../support/amount.ts';

const RUNS = amount({ usual: 50, long: 1_000 });
const GATEWAYS = 2;
const SILENT = pino({ level: 'silent' });
const TIER = { ...DEFAULT_TIERS.anonymous, costPerMinute: 2_500, burst: 1_000, maxCost: 2_000 };
const MINUTE_MS = 60_000;
const MAX_PAUSE_MS = 25_000;

type Health = 'up' | 'down' | 'silent';

/** Real tables whose counts answer late or not at all, and the points granted in each stretch. */
class ShakyAccess implements Pick<AccessStore, 'prepare' | 'grant' | 'takeBack'> {
  readonly #tables: AccessTables;
  /** By length and number of the stretch. */
  readonly granted = new Map<string, number>();
  /** In each minute, from the minute or from the hour. */
  readonly grantedIn = new Map<number, number>();
  /** The number of the last minute. */
  minute = 0;
  health: Health = 'up';

  constructor(tables: AccessTables) {
    this.#tables = tables;
  }

  async grant(ask: GrantRequest): Promise<Grant> {
    await this.#arrive();
    const grant = this.#tables.grant(ask);
    if (ask.seconds === 60) this.minute = grant.stretch;
    this.#add(`${ask.seconds} ${grant.stretch}`, grant.points);
    return grant;
  }

  async prepare(): Promise<void> {}

  async takeBack(points: Return): Promise<void> {
    await this.#arrive();
    const total = () => this.#tables.grant({ ...points, points: 0, limit: 0 }).total;
    const before = total();
    this.#tables.takeBack(points);
    this.#add(`${points.seconds} ${points.stretch}`, total() - before);
  }

  stretches(seconds: number): number[] {
    return [...this.granted].filter(([name]) => name.startsWith(`${seconds} `)).map(([, points]) => points);
  }

  async #arrive(): Promise<void> {
    const { health } = this;
    await Promise.resolve();
    if (health === 'down') throw new BitqlError('STORE_UNAVAILABLE', 'down');
    if (health === 'silent') await new Promise(() => {});
  }

  #add(stretch: string, points: number): void {
    this.granted.set(stretch, (this.granted.get(stretch) ?? 0) + points);
    this.grantedIn.set(this.minute, (this.grantedIn.get(this.minute) ?? 0) + points);
  }
}

/** An account that records payments, minus returned points. */
class NotedAccount implements Account {
  readonly account: Allowance;
  readonly #access: ShakyAccess;
  spent = 0;
  /** In each minute, minus the points returned within it. */
  readonly spentIn = new Map<number, number>();

  constructor(account: Allowance, access: ShakyAccess) {
    this.account = account;
    this.#access = access;
  }

  get maxCost(): number {
    return this.account.maxCost;
  }

  trySpend(points: number): PointsPayment | null {
    const payment = this.account.trySpend(points);
    return payment && this.#noted(payment);
  }

  async spend(points: number): Promise<PointsPayment> {
    return this.#noted(await this.account.spend(points));
  }

  #noted(payment: PointsPayment): PointsPayment {
    const { minute } = this.#access;
    this.#note(payment.points, minute);
    const giveBack = (points: number) => {
      this.#note(-points, minute);
      payment.giveBack(points);
    };
    return { points: payment.points, giveBack };
  }

  #note(points: number, minute: number): void {
    this.spent += points;
    if (minute === this.#access.minute) this.spentIn.set(minute, (this.spentIn.get(minute) ?? 0) + points);
  }
}

/** A request: its price, its work, and how it ends, for example by a timeout or a client that disconnects. */
interface Asked {
  readonly at: number;
  readonly price: number;
  readonly used: number;
  readonly more: readonly number[];
  readonly waits: boolean;
  readonly endsBehind: 'price' | 'more' | 'all';
  /** Between its steps. */
  readonly pauseMs: number;
}

type Move = { readonly ask: Asked } | { readonly waitMs: number } | { readonly health: Health };

const asked: fc.Arbitrary<Asked> = fc.record({
  at: fc.nat(GATEWAYS - 1),
  price: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 100, max: 2_200 }) }, fc.constant(MAX_PRICE)),
  used: fc.oneof(fc.nat(300), fc.nat(3_000)),
  more: fc.array(fc.oneof(fc.nat(50), fc.constant(MAX_PRICE)), { maxLength: 4 }),
  waits: fc.boolean(),
  endsBehind: fc.constantFrom('price', 'more', 'all'),
  pauseMs: fc.oneof(fc.constant(0), fc.nat(MAX_PAUSE_MS)),
});

const moves = (...healths: Health[]) =>
  fc.array(
    fc.oneof(
      { weight: 12, arbitrary: asked.map((ask): Move => ({ ask })) },
      { weight: 3, arbitrary: fc.oneof(fc.nat(5_000), fc.nat(MINUTE_MS / 2)).map((waitMs): Move => ({ waitMs })) },
      { weight: 1, arbitrary: fc.constantFrom(...healths).map((health): Move => ({ health })) },
    ),
    { minLength: 50, maxLength: 250 },
  );

/** The final charge of a request. */
async function run({ price, used, more, waits, endsBehind, pauseMs }: Asked, account: Account) {
  const bill = new Bill(account);
  const pause = () => new Promise((resolve) => setTimeout(resolve, pauseMs));
  const request = async () => {
    await bill.begin();
    await pause();
    await bill.charge({ price });
    if (endsBehind === 'price') return;
    bill.use(used);
    for (const points of more) {
      await pause();
      bill.use(points);
      if (waits) await bill.paid();
    }
    if (endsBehind === 'all') await bill.paid();
    await pause();
  };
  await request().catch(requireRefusal);
  await bill.settle().catch(requireRefusal);
  return bill;
}

function requireRefusal(error: unknown): void {
  expect(error).toMatchObject({ code: expect.stringMatching(/^(COST_EXCEEDED|RATE_LIMITED)$/) });
}

let folder: string;
let tables: AccessTables;
let worlds = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bitql-spending-'));
  tables = new AccessTables(join(folder, 'access.db'));
});
afterAll(() => {
  tables.close();
  rmSync(folder, { recursive: true });
});

/** Several gateways that share the counts of one caller. */
class World {
  readonly #caller = `caller ${worlds++}`;
  readonly access = new ShakyAccess(tables);
  readonly accounts = Array.from(
    { length: GATEWAYS },
    () => new NotedAccount(new Allowance(this.#caller, () => TIER, new Counts(this.access, SILENT)), this.access),
  );
  readonly #running: Promise<Bill>[] = [];
  readonly bills: Bill[] = [];
  /** Of each gateway, by the time of its requests. */
  elapsedMs = 0;

  async play(history: readonly Move[]): Promise<void> {
    for (const move of history) {
      if ('ask' in move) this.#running.push(run(move.ask, this.accounts[move.ask.at]!));
      else if ('health' in move) this.access.health = move.health;
      else await this.#wait(move.waitMs);
      this.check();
    }
    this.access.health = 'up';
    await this.#wait(8 * MAX_PAUSE_MS);
    this.bills.push(...(await Promise.all(this.#running)));
    await this.#wait(1);
    this.check();
  }

  get charged(): number {
    return this.bills.reduce((sum, bill) => sum + (bill.cost?.charged ?? 0), 0);
  }

  check(): void {
    for (const { account } of this.accounts) {
      const { limit, remaining, reset } = account.standing;
      expect(limit).toBe(TIER.costPerMinute);
      expect(remaining).toBeGreaterThanOrEqual(0);
      expect(remaining).toBeLessThanOrEqual(limit);
      expect(reset).toBeLessThanOrEqual(60);
    }
  }

  async #wait(ms: number): Promise<void> {
    this.elapsedMs += ms;
    await vi.advanceTimersByTimeAsync(ms);
  }
}

describe('requests that are asked, refused, given up and counted', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it('cost at all gateways what was charged, and never more than the limit', async () => {
    await fc.assert(
      fc.asyncProperty(moves('up'), async (history) => {
        const world = new World();
        await world.play(history);
        const spent = world.accounts.reduce((sum, account) => sum + account.spent, 0);
        // Requests without a price are charged the least that a request costs.
        const least = world.bills.filter(({ cost }) => cost === null).length;
        expect(spent).toBeGreaterThanOrEqual(world.charged);
        expect(spent).toBeLessThanOrEqual(world.charged + 100 * least);
        const minutes = world.access.stretches(60);
        for (const granted of minutes) expect(granted).toBeGreaterThanOrEqual(0);
        for (const granted of minutes) expect(granted).toBeLessThanOrEqual(TIER.costPerMinute);
        for (const granted of world.access.stretches(3_600)) expect(granted).toBeLessThanOrEqual(TIER.burst);
        const granted = [...minutes, ...world.access.stretches(3_600)].reduce((sum, points) => sum + points, 0);
        expect(spent).toBeLessThanOrEqual(granted);
        for (const [minute, points] of world.access.grantedIn) {
          const spentThen = world.accounts.reduce((sum, { spentIn }) => sum + (spentIn.get(minute) ?? 0), 0);
          expect(spentThen).toBeLessThanOrEqual(points);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('are not granted more than the limit by any gateway while the store comes and goes', async () => {
    await fc.assert(
      fc.asyncProperty(moves('up', 'down', 'silent'), async (history) => {
        const world = new World();
        await world.play(history);
        const minutes = 1 + Math.ceil(world.elapsedMs / MINUTE_MS);
        const hours = 1 + Math.ceil(world.elapsedMs / (60 * MINUTE_MS));
        for (const { spent } of world.accounts) {
          expect(spent).toBeGreaterThanOrEqual(0);
          expect(spent).toBeLessThanOrEqual(minutes * TIER.costPerMinute + hours * TIER.burst);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('count for all gateways when the store is back', async () => {
    const world = new World();
    const [one, other] = world.accounts as [NotedAccount, NotedAccount];
    world.access.health = 'down';
    await one.spend(2_000);
    world.access.health = 'up';
    await vi.advanceTimersByTimeAsync(10_000);
    await one.spend(TIER.costPerMinute - 2_000 + TIER.burst);
    await expect(one.spend(1)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await expect(other.spend(1)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    await other.spend(TIER.costPerMinute);
  });
});
