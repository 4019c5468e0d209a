import { decodeHdPublicKey, deriveHdPathRelative } from '@bitauth/libauth';
import { p2ms, p2sh, p2wsh } from '@scure/btc-signer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressOf } from '../../src/chain/address.ts';
import { toHex } from '../../src/chain/bytes.ts';
import { hash160 } from '../../src/chain/hash.ts';
import { type NetworkId, networkById } from '../../src/chain/networks.ts';
import { parseDescriptor, parseXpub, type WalletKeys } from '../../src/wallet/descriptor.ts';
import { ScriptChain } from '../../src/wallet/script-chain.ts';
import { PUBLISHED, withPrefix } from './keys.ts';

/** The first addresses of each chain of a wallet. */
function addressesOf({ template, chains }: WalletKeys, network: NetworkId, count = 2): (string | null)[][] {
  return chains.map((chain) =>
    new ScriptChain(template, chain).derive(0, count).map((script) => addressOf(script, networkById(network))),
  );
}

const xpub = (text: string, network: NetworkId) => addressesOf(parseXpub(text, networkById(network)), network);
const descriptor = (text: string, network: NetworkId) =>
  addressesOf(parseDescriptor(text, networkById(network)), network);

const BIP84_ADDRESSES = [
  ['bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu', 'bc1qnjg0jd8228aq7egyzacy8cys3knf9xvrerkf9g'],
  ['bc1q8c6fshw2dlwun7ekn9qwf37cu2rn755upcp6el', expect.any(String)],
];
const BIP86_ADDRESSES = [
  [
    'bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr',
    'bc1p4qhjn9zdvkux4e44uhx8tc55attvtyu358kutcqkudyccelu0was9fqzwh',
  ],
  ['bc1p3qkhfews2uk44qtvauqyr2ttdsw7svhkl9nkm9s9c3x4ax5h60wqwruhk7', expect.any(String)],
];

describe('the addresses of a wallet', () => {
  it('are those that BIP 44, 49, 84 and 86 publish', () => {
    expect(xpub(PUBLISHED.bip44, 'btc-mainnet')[0]![0]).toBe('1LqBGSKuX5yYUonjxT5qGfpUsXKYYWeabA');
    expect(xpub(PUBLISHED.bip49, 'btc-testnet3')[0]![0]).toBe('2Mww8dCYPUpKHofjgcXcBCEGmniw9CoaiD2');
    expect(xpub(PUBLISHED.bip84, 'btc-mainnet')).toEqual(BIP84_ADDRESSES);
    expect(descriptor(`tr(${PUBLISHED.bip86}/<0;1>/*)`, 'btc-mainnet')).toEqual(BIP86_ADDRESSES);
  });

  it('are the same of a descriptor with the same keys', () => {
    const zpub = PUBLISHED.bip84;
    for (const key of [zpub, withPrefix(zpub, 'xpub'), `[73c5da0a/84h/0'/0H]${zpub}`]) {
      expect(descriptor(`wpkh(${key}/<0;1>/*)`, 'btc-mainnet')).toEqual(BIP84_ADDRESSES);
    }
    expect(descriptor(` sh(wpkh(${PUBLISHED.bip49}/0/*)) `, 'btc-testnet3')[0]![0]).toBe(
      '2Mww8dCYPUpKHofjgcXcBCEGmniw9CoaiD2',
    );
  });

  it('are written as the network writes them', () => {
    expect(xpub(PUBLISHED.bip44, 'bsv-mainnet')[0]![0]).toBe('1LqBGSKuX5yYUonjxT5qGfpUsXKYYWeabA');
    expect(xpub(PUBLISHED.bip44, 'bch-mainnet')[0]![0]).toMatch(/^bitcoincash:q/);
    expect(xpub(withPrefix(PUBLISHED.bip44, 'tpub'), 'btc-regtest')[0]![0]).toMatch(/^[mn]/);
  });

  it('have the keys that another library derives, at any path and index', () => {
    const node = (decodeHdPublicKey(PUBLISHED.bip44) as Exclude<ReturnType<typeof decodeHdPublicKey>, string>).node;
    const number = fc.oneof(fc.nat(5), fc.nat(0x7fff_ffff));
    fc.assert(
      fc.property(fc.array(number, { maxLength: 4 }), fc.nat(0x7fff_fff0), (path, from) => {
        const text = ['', ...path, '*'].join('/');
        const { template, chains } = parseDescriptor(`pkh(${PUBLISHED.bip44}${text})`, networkById('btc-mainnet'));
        const scripts = new ScriptChain(template, chains[0]!).derive(from, 3).map(toHex);
        const keys = [0, 1, 2].map((i) => {
          const derived = deriveHdPathRelative(node, [...path, from + i].join('/'));
          return (derived as Exclude<typeof derived, string>).publicKey;
        });
        expect(scripts).toEqual(keys.map((key) => `76a914${toHex(hash160(key))}88ac`));
      }),
      { numRuns: 50 },
    );
  });

  it('are one of a plain public key, and one for each path without an index', () => {
    // The generator of the curve, as in the documents of Bitcoin Core and in BIP 86.
    const key = '0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798';
    expect(descriptor(`pkh(${key})`, 'btc-mainnet')).toEqual([['1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH']]);
    expect(descriptor(`wpkh(${key})`, 'btc-mainnet')).toEqual([['bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4']]);
    expect(descriptor(`tr(${key.slice(2)})`, 'btc-mainnet')).toEqual(
      descriptor(`tr(03${key.slice(2)})`, 'btc-mainnet'),
    );
    const full = `04${key.slice(2)}483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8`;
    expect(descriptor(`pkh(${full})`, 'btc-mainnet')).toEqual([['1EHNa6Q4Jz2uvNExL497mE43ikXhwF6kZm']]);
    const paths = descriptor(`wpkh(${PUBLISHED.bip84}/<1;0>/0)`, 'btc-mainnet');
    expect(paths).toEqual([[BIP84_ADDRESSES[1]![0]], [BIP84_ADDRESSES[0]![0]]]);
  });
});

describe('the addresses of several signers', () => {
  const { bip44, bip84, bip86 } = PUBLISHED;
  const [a, b] = [`${bip44}/<0;1>/*`, `${bip86}/<0;1>/*`];

  it('are those that another library makes of their keys', () => {
    const keysOf = (xpub: string, chain: number, index: number) => {
      const { node } = decodeHdPublicKey(xpub) as Exclude<ReturnType<typeof decodeHdPublicKey>, string>;
      const derived = deriveHdPathRelative(node, `${chain}/${index}`);
      return (derived as Exclude<typeof derived, string>).publicKey;
    };
    for (const [text, wrap] of [
      [`sh(multi(2,${a},${b}))`, (script: ReturnType<typeof p2ms>) => p2sh(script)],
      [`wsh(multi(2,${a},${b}))`, (script: ReturnType<typeof p2ms>) => p2wsh(script)],
      [`sh(wsh(multi(2,${a},${b})))`, (script: ReturnType<typeof p2ms>) => p2sh(p2wsh(script))],
    ] as const) {
      const expected = [0, 1].map((chain) =>
        [0, 1, 2].map(
          (index) =>
            wrap(
              p2ms(
                2,
                [bip44, bip86].map((key) => keysOf(key, chain, index)),
              ),
            ).address,
        ),
      );
      const { template, chains } = parseDescriptor(text, networkById('btc-mainnet'));
      expect(addressesOf({ template, chains }, 'btc-mainnet', 3)).toEqual(expected);
    }
  });

  it('may have keys that say by their letters that they are for several signers', () => {
    const [Zpub, Ypub] = [withPrefix(bip44, 'Zpub'), withPrefix(bip44, 'Ypub')];
    expect(descriptor(`wsh(sortedmulti(1,${Zpub}/0/*,${b}))`, 'btc-mainnet')).toEqual(
      descriptor(`wsh(sortedmulti(1,${bip44}/0/*,${b}))`, 'btc-mainnet'),
    );
    expect(descriptor(`sh(wsh(sortedmulti(1,${Ypub}/0/*,${b})))`, 'btc-mainnet')).toEqual(
      descriptor(`sh(wsh(sortedmulti(1,${bip44}/0/*,${b})))`, 'btc-mainnet'),
    );
  });

  it('exist on chains without witnesses as well', () => {
    expect(descriptor(`sh(sortedmulti(2,${a},${b}))`, 'bch-mainnet')[0]![0]).toMatch(/^bitcoincash:p/);
    expect(descriptor(`sh(sortedmulti(2,${a},${b}))`, 'bsv-mainnet')[0]![0]).toMatch(/^3/);
  });

  it('have the path of the first key that is derived, and one index for all', () => {
    const fixed = `02${'79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798'}`;
    const { template, chains } = parseDescriptor(
      `wsh(multi(1,${fixed},${bip44}/7,${bip86}/<3;4>/*,${withPrefix(bip84, 'xpub')}/5/*))`,
      networkById('btc-mainnet'),
    );
    expect(chains.map((keys) => new ScriptChain(template, keys).pathOf(9))).toEqual(['3/9', '4/9']);
  });
});

describe('a checksum', () => {
  const sound = 'pkh(02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5)#8fhd9pwu';
  const parse = (text: string) => parseDescriptor(text, networkById('btc-mainnet'));

  it('is checked, and any other character is noticed', () => {
    expect(parse(sound).chains).toHaveLength(1);
    const letters = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l0123456789abcdef'.split('');
    fc.assert(
      fc.property(fc.integer({ min: 4, max: sound.length - 1 }), fc.constantFrom(...letters), (at, letter) => {
        fc.pre(sound[at] !== letter && sound[at] !== '#');
        expect(() => parse(sound.slice(0, at) + letter + sound.slice(at + 1))).toThrow('checksum');
      }),
    );
    for (const text of [sound.slice(0, -1), `${sound}q`, sound.slice(0, -8)])
      expect(() => parse(text)).toThrow('checksum');
  });
});

describe('what is no wallet', () => {
  const { bip44, bip84, bip86 } = PUBLISHED;
  const xprv = withPrefix(bip44, 'xprv');
  const wif = '5Kd3NBUAdUnhyzenEwVLy9pBKxSwXvE9FMPyR4UKZvpe6E3AgLr';
  const asDescriptor =
    (text: string, network: NetworkId = 'btc-mainnet') =>
    () =>
      parseDescriptor(text, networkById(network));
  const asXpub =
    (text: string, network: NetworkId = 'btc-mainnet') =>
    () =>
      parseXpub(text, networkById(network));

  it.each([
    ['a private key', asXpub(xprv), 'private key'],
    ['a private key in a descriptor', asDescriptor(`wpkh(${xprv}/0/*)`), 'private key'],
    [
      'a private key of a test network',
      asDescriptor(`wpkh([00000000/84h]${withPrefix(bip44, 'tprv')}/0/*)`),
      'private key',
    ],
    ['a single private key', asDescriptor(`pkh(${wif})`), 'private key'],
    ['a key of another network', asXpub(withPrefix(bip44, 'tpub')), 'a test network'],
    ['a key of the main network', asXpub(bip44, 'btc-regtest'), 'the main network'],
    ['a key of several signers', asXpub(withPrefix(bip84, 'Zpub')), 'several signers'],
    ['a mistyped key', asXpub(`${bip44.slice(0, -1)}k`), 'checksum'],
    ['a shortened key', asXpub(bip44.slice(0, 60)), 'no extended public key'],
    ['a descriptor as an extended key', asXpub(`wpkh(${bip44}/0/*)`), '`descriptor`'],
    ['an extended key as a descriptor', asDescriptor(bip44), 'give it as `xpub`'],
    ['a key with a path as a descriptor', asDescriptor(`${bip44}/0/*`), 'or within a function. Supported are'],
    ['an address as a descriptor', asDescriptor('bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu'), 'ask for `address`'],
    [
      'an address in a descriptor',
      asDescriptor('addr(bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu)'),
      'ask for `address`',
    ],
    ['a missing bracket', asDescriptor(`wpkh(${bip44}/0/*`), 'A closing bracket is missing.'],
    ['a missing second bracket', asDescriptor(`sh(wpkh(${bip44}/0/*)`), 'A closing bracket is missing.'],
    ['witnesses on BCH', asXpub(bip84, 'bch-mainnet'), 'no wpkh on bch-mainnet'],
    ['Taproot on BSV', asDescriptor(`tr(${bip86}/0/*)`, 'bsv-mainnet'), 'no tr on bsv-mainnet'],
    ['a key of one signer for one key', asDescriptor(`wsh(sortedmulti(1,${bip84}/0/*))`), 'is for wpkh, not for wsh'],
    ['more than 20 keys', asDescriptor(`wsh(multi(1${`,${bip44}/0/*`.repeat(21)}))`), 'more than 20 keys'],
    ['more scripts than one in the place of one', asDescriptor(`wsh(pk(${bip44}),pk(${bip86}))`), 'several arguments'],
    ['two trees', asDescriptor(`tr(${bip86}/0/*,pk(${bip44}),pk(${bip44}))`), 'one tree'],
    ['a branch by itself', asDescriptor(`tr(${bip86}/0/*,{pk(${bip44})})`), 'two branches'],
    ['three branches', asDescriptor(`tr(${bip86},{pk(${bip44}),pk(${bip44}),pk(${bip44})})`), 'two branches'],
    ['a missing brace', asDescriptor(`tr(${bip86},{pk(${bip44}),pk(${bip44})`), 'A closing bracket is missing.'],
    ['a bracket too many', asDescriptor(`wsh(pk(${bip44})))`), 'goes on behind its last bracket'],
    ['brackets without end', asDescriptor(`tr(${bip86},${'{'.repeat(4_000)}`), 'nested more than 32 deep'],
    ['functions without end', asDescriptor('sh('.repeat(1_500)), 'nested more than 32 deep'],
    ['Miniscript', asDescriptor(`wsh(and_v(v:pk(${bip44}/0/*),older(144)))`), 'not supported at its place'],
    ['a name of the language', asDescriptor(`constructor(${bip44})`), 'not supported at its place'],
    ['multisig with witnesses on BCH', asDescriptor(`wsh(multi(1,${bip44}))`, 'bch-mainnet'), 'no wsh on bch-mainnet'],
    ['a key of another kind', asDescriptor(`pkh(${bip84}/0/*)`), 'is for wpkh, not for pkh'],
    ['a hardened number', asDescriptor(`wpkh(${bip44}/0h/*)`), 'hardened'],
    ['a hardened index', asDescriptor(`wpkh(${bip44}/0/*')`), 'hardened'],
    ['hardened alternatives', asDescriptor(`wpkh(${bip44}/<0h;1h>/*)`), 'hardened'],
    ['an index before the end', asDescriptor(`wpkh(${bip44}/*/0)`), 'path cannot be read'],
    ['two places with several numbers', asDescriptor(`wpkh(${bip44}/<0;1>/<0;1>/*)`), 'one place'],
    ['a number twice', asDescriptor(`wpkh(${bip44}/<1;1>/*)`), 'twice'],
    ['too large a number', asDescriptor(`wpkh(${bip44}/2147483648/*)`), 'above'],
    ['too many numbers', asDescriptor(`wpkh(${bip44}${'/0'.repeat(21)}/*)`), 'more than 20'],
    ['too many chains', asDescriptor(`wpkh(${bip44}/<0;1;2;3;4;5;6;7;8;9;10>/*)`), 'more than 10'],
    ['a path below a plain key', asDescriptor(`wpkh(02${'79'.repeat(32)}/0)`), 'plain public key'],
    ['a key that is long where it must be short', asDescriptor(`wpkh(04${'79'.repeat(64)})`), 'wpkh takes'],
    ['a key beside the curve', asDescriptor(`tr(${'ff'.repeat(32)})`), 'no point'],
    ['a bad origin', asDescriptor(`wpkh([xyz/84h]${bip44}/0/*)`), 'key cannot be read'],
    ['too long a text', asDescriptor(`wpkh(${bip44}${'/0'.repeat(3_000)}/*)`), 'more than 5000'],
    ['nothing', asDescriptor(''), 'Supported are'],
  ])('is refused, and nothing of it is repeated: %s', (_, parse, message) => {
    expect(parse).toThrow(
      expect.objectContaining({ code: 'BAD_DESCRIPTOR', message: expect.stringContaining(message) }),
    );
    try {
      parse();
    } catch (error) {
      for (const secret of [xprv, wif, bip44, bip84, bip86]) expect(String(error)).not.toContain(secret.slice(5, 20));
    }
  });
});
