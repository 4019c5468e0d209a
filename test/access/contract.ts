import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../dev/until.ts';
import type { AccessStore } from '../../src/access/access-store.ts';
import { createKey } from '../../src/access/keys.ts';

/** Opens the same store, any number of times. It is empty before each test. */
export interface AccessFixture {
  open(): Promise<AccessStore>;
  destroy(): Promise<void>;
}

/** The requirements of every store of callers. */
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

    it('refuses a name that is already taken', async () => {
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

    const asked = { name: 'a', points: 5, limit: 1_000, seconds: 60 };

    it('grants points to all who have it open, and counts each name and each stretch of time separately', async () => {
      const other = await fixture.open();
      const grants = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? access : other).grant(asked));
      const totals = (await Promise.all(grants)).map(({ total }) => total);
      expect(totals.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => 5 * (i + 1)));
      expect(await other.grant({ ...asked, name: 'b' })).toMatchObject({ points: 5, total: 5 });
      expect(await other.grant({ ...asked, seconds: 3_600 })).toMatchObject({ points: 5, total: 5 });
      await other.close();
    });

    it('grants as many as the limit leaves', async () => {
      const all = await Promise.all(Array.from({ length: 7 }, () => access.grant({ ...asked, points: 300 })));
      expect(all.map(({ points }) => points).toSorted((a, b) => a - b)).toEqual([0, 0, 0, 100, 300, 300, 300]);
      expect(await access.grant({ ...asked, limit: 500 })).toMatchObject({ points: 0, total: 1_000 });
      expect(await access.grant({ ...asked, limit: 1_001 })).toMatchObject({ points: 1, total: 1_001 });
    });

    it('takes back no more than was granted, and only in the stretch of the grant', async () => {
      const { stretch } = await access.grant({ ...asked, points: 300 });
      const back = { name: 'a', points: 200, seconds: 60, stretch };
      await access.takeBack(back);
      expect(await access.grant(asked)).toMatchObject({ total: 105, stretch });
      await access.takeBack(back);
      await access.takeBack({ ...back, points: 5, stretch: stretch - 1 });
      await access.takeBack({ ...back, name: 'b' });
      expect(await access.grant(asked)).toMatchObject({ total: 110, stretch });
      expect(await access.grant({ ...asked, name: 'b' })).toMatchObject({ total: 5 });
    });

    it('accepts any number that a caller can cause', async () => {
      const most = Number.MAX_SAFE_INTEGER;
      const all = { ...asked, points: most, limit: most };
      expect(await access.grant(all)).toMatchObject({ points: most, total: most });
      expect(await access.grant(all)).toMatchObject({ points: 0, total: most });
    });

    it('begins again when the stretch is over', async () => {
      const first = await access.grant({ ...asked, seconds: 1 });
      expect(first.msLeft).toBeGreaterThan(0);
      expect(first.msLeft).toBeLessThanOrEqual(1_000);
      await until('a new stretch', async () => {
        const { total, stretch } = await access.grant({ ...asked, points: 1, seconds: 1 });
        return total === 1 && stretch > first.stretch;
      });
    });
  });
}
