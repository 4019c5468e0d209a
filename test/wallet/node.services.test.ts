import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import { addressOf } from '../../src/chain/address.ts';
import { networkById } from '../../src/chain/networks.ts';
import { parseDescriptor } from '../../src/wallet/descriptor.ts';
import { ScriptChain } from '../../src/wallet/script-chain.ts';
import { describeWith } from '../services/suite.ts';
import { PUBLISHED, withPrefix } from './keys.ts';

const NETWORK = networkById('btc-regtest');
const TPUB = withPrefix(PUBLISHED.bip86, 'tpub');

describeWith('bitcoind')('Bitcoin Core', ({ bitcoind }) => {
  let node: RegtestNode;
  beforeAll(async () => {
    node = await startRegtest({ bitcoind });
  });
  afterAll(() => node[Symbol.asyncDispose]());

  it.each([
    ['pkh', (key: string) => `pkh(${key})`],
    ['wpkh', (key: string) => `wpkh(${key})`],
    ['sh(wpkh)', (key: string) => `sh(wpkh(${key}))`],
    ['tr', (key: string) => `tr(${key})`],
  ])('derives the same addresses and checksums: %s', async (_, write) => {
    for (const path of ['/*', '/0/*', '/1/2147483647/*', '/7/0/3/*']) {
      for (const origin of ['', "[d34db33f/84'/0h/0']"]) {
        const text = write(`${origin}${TPUB}${path}`);
        const { checksum } = await node.rpc<{ checksum: string }>('getdescriptorinfo', text);
        const { form, chains } = parseDescriptor(`${text}#${checksum}`, NETWORK);
        const scripts = new ScriptChain(chains[0]!, form).derive(90, 11);
        const theirs = await node.rpc<string[]>('deriveaddresses', `${text}#${checksum}`, [90, 100]);
        expect(scripts.map((script) => addressOf(script, NETWORK))).toEqual(theirs);
      }
    }
  });
});
