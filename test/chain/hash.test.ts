import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hash256, sha256 } from '../../src/chain/hash.ts';

const digest = (algorithm: string, bytes: Uint8Array) => new Uint8Array(createHash(algorithm).update(bytes).digest());

it('hashes like the streaming interface of node:crypto', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(sha256(bytes)).toEqual(digest('sha256', bytes));
      expect(hash256(bytes)).toEqual(digest('sha256', digest('sha256', bytes)));
    }),
  );
});

it('gives hashes that own their bytes', () => {
  expect(hash256(new Uint8Array(1000)).buffer.byteLength).toBe(32);
});
