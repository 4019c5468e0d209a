import { expect, it } from 'vitest';
import { fromHex, toHex } from '../../src/chain/bytes.ts';
import { networkById, signetMagic } from '../../src/chain/networks.ts';

/** The challenge of the public signet, from Core's chainparams.cpp. */
const CHALLENGE =
  '512103ad5e0edad18cb1f0fc0d28a3d4f1f3e445640337489abb10404f2d1e086be430210359ef5021964fe22d6f8e05b2463c9540ce96883fe3b278760f048f5189f2e6c452ae';

it('the magic of a signet follows from its challenge', () => {
  expect(signetMagic(fromHex(CHALLENGE))).toEqual(networkById('btc-signet').magic);
  expect(toHex(signetMagic(fromHex('51')))).not.toBe(toHex(signetMagic(fromHex('52'))));
});
