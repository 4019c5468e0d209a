import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AccessStore } from '../../src/access/access-store.ts';
import { createKey } from '../../src/access/keys.ts';
import { until } from '../../src/dev/until.ts';

/** Opens one and the same store, which is empty before each test, as often as asked. */
export interface AccessFixture {
  open(): Promise<AccessStore>;
  destroy(): Promise<void>;
}

/** What every store of callers keeps to. */
export function describeAccess(title: string, createFixture: () => Promise<AccessFixture>): void {
  describe(title, () => {
    let fixture: AccessFixture;
    let access: AccessStore;

    beforeEach(async () => {
      fixture = await createFixture();
      access = await fixture.open();
    });

    afterEach(async () => {
      await access.close();
      await fixture.destroy();
    });

    it('keeps keys, by name and by id', async () => {
      const bob = createKey('bob', 'standard', 1_700_000_000_000).key;
      const alice = createKey('alice', 'premium', 1_700_000_000_001).key;
      expect(await access.keys()).toEqual([]);
      expect(await access.addKey(bob)).toBe(true);
      expect(await access.addKey(alice)).toBe(true);
      const hash = (key: typeof bob) => ({ ...key, hash: new Uint8Array(key.hash) });
      expect(await access.keys()).toEqual([hash(alice), hash(bob)]);
      expect(await access.findKey(bob.id)).toEqual(hash(bob));
      expect(await access.findKey('000000000000')).toBeNull();
    });

    it('gives a name once', async () => {
      const first = createKey('bob', 'standard', 1).key;
      expect(await access.addKey(first)).toBe(true);
      expect(await access.addKey(createKey('bob', 'premium', 2).key)).toBe(false);
      expect(await access.keys()).toMatchObject([{ id: first.id, tier: 'standard' }]);
    });

    it('remembers when a key was used, and forgets one that is removed', async () => {
      const { key } = createKey('bob', 'standard', 1);
      await access.addKey(key);
      await access.markUsed(key.id, 7_200_000);
      expect(await access.findKey(key.id)).toMatchObject({ lastUsedAt: 7_200_000 });
      await access.removeKey(key.id);
      await access.removeKey(key.id);
      expect(await access.findKey(key.id)).toBeNull();
      expect(await access.addKey(createKey('bob', 'standard', 2).key)).toBe(true);
    });

    it('counts for all who have it open, each name and each stretch of time by itself', async () => {
      const other = await fixture.open();
      const counts = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? access : other).count('a', 5, 60));
      const points = (await Promise.all(counts)).map((count) => count.points);
      expect(points.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => 5 * (i + 1)));
      expect(await other.count('a', -50, 60)).toMatchObject({ points: 150 });
      expect(await other.count('b', 1, 60)).toMatchObject({ points: 1 });
      expect(await other.count('a', 1, 3_600)).toMatchObject({ points: 1 });
      await other.close();
    });

    it('counts anew when the time is over', async () => {
      const first = await access.count('a', 5, 1);
      expect(first.msLeft).toBeGreaterThan(0);
      expect(first.msLeft).toBeLessThanOrEqual(1_000);
      await until('a new stretch', async () => (await access.count('a', 1, 1)).points === 1);
    });
  });
}
