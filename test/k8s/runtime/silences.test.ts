import { expect, it } from 'vitest';
import { Silences } from '../../../k8s/operator/runtime/silences.ts';

const TIMES = { firstMs: 1_000, longestMs: 60_000 };

it('leaves a silent peer alone, longer and longer, until it answers', () => {
  const silences = new Silences<string>(TIMES);
  const rests: number[] = [];
  let now = 0;
  for (let times = 0; times < 12; times++) {
    rests.push(silences.note('a', `silent ${times}`, now));
    expect(silences.rest('a', now)).toEqual({ what: `silent ${times}`, ms: rests.at(-1) });
    now += rests.at(-1)!;
    expect(silences.rest('a', now)).toBeNull();
  }
  expect(rests[0]).toBeLessThanOrEqual(1_000);
  expect(rests.at(-1)).toBeGreaterThanOrEqual(30_000);
  silences.forget('a');
  expect(silences.has('a')).toBe(false);
  expect(silences.note('a', 'again', now)).toBeLessThanOrEqual(1_000);
});

it('counts one silence once if several asked at the same time', () => {
  const silences = new Silences<string>(TIMES);
  const first = silences.note('a', 'silent', 0);
  for (let times = 0; times < 20; times++) expect(silences.note('a', 'silent', 0)).toBe(first);
  expect(silences.note('a', 'silent', first)).toBeLessThanOrEqual(2_000);
});

it('asks a peer that was silent before this process at once, and then leaves it alone as usual', () => {
  const silences = new Silences<string>(TIMES);
  silences.expect('a');
  expect(silences.rest('a', 0)).toBeNull();
  expect(silences.note('a', 'silent', 0)).toBeGreaterThanOrEqual(30_000);
  silences.expect('a');
  expect(silences.rest('a', 0)).not.toBeNull();
});
