import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import { addressOf } from '../../src/chain/address.ts';
import { networkById } from '../../src/chain/networks.ts';
import { parseDescriptor } from '../../src/wallet/descriptor.ts';
import { ScriptChain } from '../../src/wallet/script-chain.ts';
import { describeWith } from '../services/suite.ts';
import { PUBLISHED, withPrefix } from './keys.ts';

const NETWORK = networkById('btc-regtest');
const [A, B, C] = [PUBLISHED.bip86, PUBLISHED.bip44, PUBLISHED.bip84].map((key) => withPrefix(key, 'tpub')) as [
  string,
  string,
  string,
];
const FIXED = '03a34b99f22c790c4e36b2b3c2c35a36db06226e41c692fc82b8b56ac1c540c5bd';
const ORIGIN = "[d34db33f/84'/0h/0']";
/** So many different keys, each with its path. */
const many = (count: number) => Array.from({ length: count }, (_, i) => `${[A, B, C][i % 3]}/${i}/*`).join(',');
/** A tree of scripts that is as deep as it has leaves. */
const deep = (leaves: number): string => (leaves === 1 ? `pk(${B}/0/*)` : `{pk(${A}/${leaves}/*),${deep(leaves - 1)}}`);

describeWith('bitcoind')('Bitcoin Core', ({ bitcoind }) => {
  let node: RegtestNode;
  beforeAll(async () => {
    node = await startRegtest({ bitcoind });
  });
  afterAll(() => node[Symbol.asyncDispose]());

  const addressesOf = (text: string, from: number, count: number) => {
    const { template, chains } = parseDescriptor(text, NETWORK);
    return chains.map((keys) =>
      new ScriptChain(template, keys).derive(from, count).map((script) => addressOf(script, NETWORK)),
    );
  };

  it.each([
    ['pkh', (key: string) => `pkh(${key})`],
    ['wpkh', (key: string) => `wpkh(${key})`],
    ['sh(wpkh)', (key: string) => `sh(wpkh(${key}))`],
    ['tr', (key: string) => `tr(${key})`],
    ['a script of one key', (key: string) => `sh(wsh(pkh(${key})))`],
    ['multisig', (key: string) => `wsh(sortedmulti(2,${key},${B}/0/*,${FIXED}))`],
    ['multisig in sh', (key: string) => `sh(multi(1,${key},${B}/0/*))`],
    ['a tree', (key: string) => `tr(${key},{multi_a(2,${B}/0/*,${C}/0/*),pk(${FIXED})})`],
  ])('derives the same addresses and checksums: %s', async (_, write) => {
    for (const path of ['/*', '/0/*', '/1/2147483647/*', '/7/0/3/*']) {
      for (const origin of ['', ORIGIN]) {
        const text = write(`${origin}${A}${path}`);
        const { checksum } = await node.rpc<{ checksum: string }>('getdescriptorinfo', text);
        const theirs = await node.rpc<string[]>('deriveaddresses', `${text}#${checksum}`, [90, 110]);
        expect(addressesOf(`${text}#${checksum}`, 90, 21)).toEqual([theirs]);
      }
    }
  });

  it.each([
    ['20 keys in wsh, all of which must sign', `wsh(multi(20,${many(20)}))`],
    ['17 of 20 keys in sh(wsh)', `sh(wsh(sortedmulti(17,${many(20)})))`],
    ['15 keys in sh', `sh(sortedmulti(15,${many(15)}))`],
    ['19 keys in a leaf', `tr(${A}/*,sortedmulti_a(17,${many(19)}))`],
    ['a deep tree', `tr(${A}/*,${deep(8)})`],
    ['a tree of equal branches', `tr(${FIXED},{{pk(${A}/*),pk(${B}/*)},{pk(${A}/*),pk(${B}/*)}})`],
  ])('derives the same addresses of %s', async (_, text) => {
    const { checksum } = await node.rpc<{ checksum: string }>('getdescriptorinfo', text);
    const theirs = await node.rpc<string[]>('deriveaddresses', `${text}#${checksum}`, [0, 9]);
    expect(addressesOf(`${text}#${checksum}`, 0, 10)).toEqual([theirs]);
  });

  it('derives the same addresses of all chains of several paths', async () => {
    const text = `wsh(sortedmulti(2,${ORIGIN}${A}/<0;1;5>/*,${B}/7/<3;2;1>/*,${C}/0/*))`;
    const { checksum } = await node.rpc<{ checksum: string }>('getdescriptorinfo', text);
    const theirs = await node.rpc<string[][]>('deriveaddresses', `${text}#${checksum}`, [0, 19]);
    expect(addressesOf(`${text}#${checksum}`, 0, 20)).toEqual(theirs);
  });

  it.each([
    `sh(multi(16,${many(16)}))`,
    `wsh(multi(21,${many(21)}))`,
    `wsh(multi(0,${many(2)}))`,
    `wsh(multi(3,${many(2)}))`,
    `wsh(multi_a(1,${many(2)}))`,
    `wsh(wpkh(${A}))`,
    `sh(tr(${A}))`,
    `tr(${A},multi(1,${B}))`,
    `tr(${A},{pk(${B})})`,
    `wsh(pk(${A}/<0;1>),pk(${B}))`,
    `wsh(multi(1,${A}/<0;1>/*,${B}/<0;1;2>/*))`,
    `wsh(pk(${A}/0/*)`,
  ])('refuses what BitQL refuses: %s', async (text) => {
    await expect(node.rpc('getdescriptorinfo', text)).rejects.toThrow();
    expect(() => parseDescriptor(text, NETWORK)).toThrow(expect.objectContaining({ code: 'BAD_DESCRIPTOR' }));
  });
});
