import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as ecc from '@bitcoinerlab/secp256k1';
import { createBase58check } from '@scure/base';
import { initEccLib, address as reference, networks as referenceNetworks } from 'bitcoinjs-lib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressError, addressOf, lockingScriptOf } from '../../src/chain/address.ts';
import { parseBlock } from '../../src/chain/block.ts';
import { fromHex, toHex } from '../../src/chain/bytes.ts';
import { encodeCashAddr } from '../../src/chain/cashaddr.ts';
import { sha256 } from '../../src/chain/hash.ts';
import { NETWORK_IDS, type NetworkId, networkById } from '../../src/chain/networks.ts';
import { legacyBlock, segwitBlock, testnetBlock } from './fixtures.ts';

initEccLib(ecc);

/** The error for the address on the network. */
function refusal(address: string, id: NetworkId): AddressError {
  try {
    lockingScriptOf(address, networkById(id));
  } catch (error) {
    if (error instanceof AddressError) return error;
    throw error;
  }
  throw new Error(`${address} was accepted on ${id}`);
}

/** bitcoinjs-lib's address of a script; null if it finds none. */
function referenceAddress(script: Uint8Array, network: referenceNetworks.Network): string | null {
  try {
    return reference.fromOutputScript(script, network);
  } catch {
    return null;
  }
}

it.each([
  ['mainnet block 357238', 'btc-mainnet', referenceNetworks.bitcoin, legacyBlock()],
  ['testnet block 86756', 'btc-testnet3', referenceNetworks.testnet, testnetBlock()],
  ['a SegWit block', 'btc-regtest', referenceNetworks.regtest, segwitBlock(300)],
] as const)('outputs of %s have the addresses of bitcoinjs-lib', (_, id, referenceNetwork, bytes) => {
  const network = networkById(id);
  for (const { outputs } of parseBlock(bytes, network).transactions) {
    for (const { script } of outputs) {
      const address = addressOf(script, network);
      const expected = referenceAddress(script, referenceNetwork);
      // Keys of made-up Taproot outputs are not on the curve, which an address does not require.
      if (expected !== null || script[0] !== 0x51) expect(address).toBe(expected);
      if (address !== null) expect(lockingScriptOf(address, network)).toEqual(script);
    }
  }
});

/** Core's vectors: [text, payload, {addrType, isPrivkey, isTestnet}]. */
const vectors: [string, string, { addrType?: string; isPrivkey: boolean; isTestnet: boolean }][] = JSON.parse(
  readFileSync(
    createRequire(import.meta.url)
      .resolve('bitcore-lib')
      .replace(/index\.js$/, 'test/data/bitcoind/base58_keys_valid.json'),
    'utf8',
  ),
);

it('reads the addresses of base58_keys_valid.json, and no private key', () => {
  for (const [text, payload, { addrType, isPrivkey, isTestnet }] of vectors) {
    const network = networkById(isTestnet ? 'bsv-testnet' : 'bsv-mainnet');
    if (isPrivkey) {
      expect(() => lockingScriptOf(text, network)).toThrow(AddressError);
      continue;
    }
    const script = addrType === 'pubkey' ? `76a914${payload}88ac` : `a914${payload}87`;
    expect(toHex(lockingScriptOf(text, network))).toBe(script);
    expect(addressOf(fromHex(script), network)).toBe(text);
  }
});

describe.each(NETWORK_IDS)('on %s', (id) => {
  const network = networkById(id);
  const hex = (length: number) => fc.uint8Array({ minLength: length, maxLength: length }).map(toHex);
  const program = fc.uint8Array({ minLength: 2, maxLength: 40 }).map(toHex);
  const versions = fc.integer({ min: 0x51, max: 0x60 }).map((opcode) => opcode.toString(16));
  const scripts = [
    hex(20).map((hash) => `76a914${hash}88ac`),
    hex(20).map((hash) => `a914${hash}87`),
    ...(network.p2sh32 ? [hex(32).map((hash) => `aa20${hash}87`)] : []),
    ...(network.segwit
      ? [
          hex(20).map((hash) => `0014${hash}`),
          hex(32).map((hash) => `0020${hash}`),
          fc.tuple(versions, program).map(([op, data]) => op + (data.length / 2).toString(16).padStart(2, '0') + data),
        ]
      : []),
  ];

  it('any address can be turned back into its script', () => {
    fc.assert(
      fc.property(fc.oneof(...scripts).map(fromHex), fc.boolean(), (script, tokenAware) => {
        const address = addressOf(script, network, { tokenAware })!;
        expect(lockingScriptOf(address, network)).toEqual(script);
      }),
    );
  });

  it('a damaged address is refused', () => {
    fc.assert(
      fc.property(
        fc.oneof(...scripts).map(fromHex),
        fc.nat(),
        fc.constantFrom('q', '1', 'x', 'A'),
        (script, at, other) => {
          const address = addressOf(script, network)!;
          const index = at % address.length;
          const damaged = address.slice(0, index) + other + address.slice(index + 1);
          if (damaged !== address) expect(() => lockingScriptOf(damaged, network)).toThrow(AddressError);
        },
      ),
    );
  });

  it('any text is an address or an AddressError', () => {
    const alphabet = fc.constantFrom(...'qpzry9x8gf2tvdw0s3jn54khce6mua7l1:QPZ bio');
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: alphabet, maxLength: 100 }));
    fc.assert(
      fc.property(text, (address) => {
        expect(() => lockingScriptOf(address, network)).toThrow(AddressError);
      }),
    );
  });
});

describe('an address of another network', () => {
  it.each([
    ['mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn', 'btc-mainnet', 'an address of a testnet, but the index is of btc-mainnet'],
    ['tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx', 'btc-mainnet', 'btc-testnet3 or btc-testnet4 or btc-signet,'],
    ['bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4', 'btc-signet', 'of btc-mainnet, but the index is of btc-signet'],
    ['bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4', 'bsv-mainnet', 'of btc-mainnet, but the index is of bsv-mainnet'],
    [
      'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080',
      'btc-testnet3',
      'of btc-regtest, but the index is of btc-testnet3',
    ],
    ['17VZNX1SN5NtKa8UQFxwQbFeFc3iqRYhem', 'bsv-stn', 'of btc-mainnet or bch-mainnet or bsv-mainnet, but the index'],
    ['qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a', 'btc-mainnet', 'of bch-mainnet, but the index is of btc-mainnet'],
    [
      encodeCashAddr('bchreg', { type: 0, hash: new Uint8Array(20) }),
      'bch-mainnet',
      'of bch-regtest, but the index is of bch-mainnet',
    ],
    ['LM2WMpR1Rp6j3Sa59cMXMs1SPzj9eXpGc1', 'btc-mainnet', 'of an unknown network, but the index is of btc-mainnet'],
  ] as const)('is recognised: %s on %s', (address, id, message) => {
    const error = refusal(address, id);
    expect(error.message).toContain(message);
    expect(error.message).toContain('expected');
    expect([error.code, error.retryable]).toEqual(['BAD_ADDRESS', false]);
  });
});

it.each([19, 21])('base58 of %i bytes is not an address', (length) => {
  const text = createBase58check(sha256).encode(new Uint8Array(1 + length));
  expect(refusal(text, 'btc-mainnet').message).toContain('not an address');
});

it.each([
  ['', 'btc-mainnet', '"" is not an address (expected base58 1... or 3..., or bc1...).'],
  ['nonsense', 'bch-testnet3', '"nonsense" is not an address (expected bchtest:..., or base58 m..., n... or 2...).'],
  ['z'.repeat(1_000_000), 'btc-mainnet', '"zzzzzzzz..." is not an address'],
] as const)('says what it expected instead of %j', (address, id, message) => {
  expect(refusal(address, id).message).toContain(message);
});

describe('blanks around an address', () => {
  it.each(['btc-mainnet', 'bch-mainnet', 'bsv-mainnet'] as const)('do not matter on %s', (id) => {
    const network = networkById(id);
    const script = fromHex(`76a914${'07'.repeat(20)}88ac`);
    const address = addressOf(script, network)!;
    for (const text of [` ${address}`, `${address}\r\n`, `\t ${address}\u00a0`])
      expect(lockingScriptOf(text, network)).toEqual(script);
  });

  it('are removed quickly, however many there are', () => {
    expect(refusal(`1${' '.repeat(1_000_000)}1`, 'btc-mainnet').message).toContain('contains a space');
  });
});

/** Keys of BIP 32's and BIP 38's examples, and of Bitcoin's wiki. */
const XPUB =
  'xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8';
const XPRV =
  'xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi';
const WORDS = 'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about';

describe('a text that people mistake for an address', () => {
  it.each([
    ['a mistyped one', '1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggv', 'its checksum (base58) is wrong'],
    ['one that was cut off', '1BpEi6DfDAUFd7GtittLSdBeYJvcoaVg', 'its checksum (base58) is wrong'],
    ['one with a letter that base58 lacks', '1BpEi6DfDAUFd7GtittLSdBeYJvc0aVggu', 'never occur in base58'],
    ['a mistyped one of bech32', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5', 'its checksum (bech32) is wrong'],
    ['one in both cases', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3T4', 'mixes upper and lower case'],
    [
      'one with a letter that bech32 lacks',
      'bc1qw508d6qejxtdg4y5r3zarvaryocsxw7kv8f3t4',
      'never occur after its prefix',
    ],
    ['Taproot with the older checksum', 'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd', 'BIP 350'],
    [
      'a mistyped CashAddr',
      'bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6c',
      'its checksum (CashAddr) is wrong',
    ],
    ['a CashAddr with a letter that it lacks', 'bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6b', 'never occur'],
    ['a CashAddr in both cases', 'bitcoincash:Qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a', 'upper and lower case'],
    ['a legacy one with the prefix of CashAddr', 'bitcoincash:1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu', 'between ":"'],
    [
      'a mistyped CashAddr without a prefix',
      'qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6q',
      'its checksum (CashAddr) is wrong',
    ],
    ['an xpub', XPUB, 'an extended public key'],
    ['a zpub', `zpub${XPUB.slice(4)}`, 'an extended public key'],
    ['a URI', 'bitcoin:1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu?amount=0.1', 'BIP 21'],
    ['a URI in capitals', 'BITCOIN:BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4', 'BIP 21'],
    ['a URI of BCH', 'bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a?amount=1', 'BIP 21'],
    ['a link', 'https://example.org/address/1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu', 'a link'],
    [
      'a Lightning invoice',
      'lnbc20m1pvjluezpp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqhp58yjmdan79s6qqdhdzgynm4zwqd5d7xmw5fk98klysy043l2ahrqs',
      'a Lightning invoice',
    ],
    [
      'an invoice in a URI',
      'lightning:LNBC20M1PVJLUEZPP5QQQSYQCYQ5RQWZQFQQQSYQCYQ5RQWZQFQQQSYQCYQ',
      'a Lightning invoice',
    ],
    ['a payment code', `sp1qq${'g'.repeat(111)}`, 'a payment code'],
    ['a descriptor', `wpkh([d34db33f/84h/0h/0h]${XPUB}/0/*)`, 'an output descriptor'],
    ['a name', 'satoshi@example.org', 'a name'],
    ['a transaction id', '4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b', 'hexadecimal digits'],
    ['a blank within', '1BpEi6DfDAUFd7Gti ttLSdBeYJvcoaVggu', 'contains a space'],
    ['what cannot be seen', '1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu\u200b', 'a character that is not ASCII'],
  ])('is named: %s', (_, text, message) => {
    for (const id of ['btc-mainnet', 'bsv-mainnet', 'btc-regtest'] as const) {
      const error = refusal(text, id);
      expect(error.message).toContain(message);
      expect(error.message).not.toContain(text.slice(0, 9));
    }
  });

  const wif = vectors.filter(([, , { isPrivkey }]) => isPrivkey).map(([text]) => text);
  it.each([
    ...wif,
    `${wif[0]!.slice(0, -1)}x`,
    wif[1]!.slice(0, -2),
    '6PRVWUbkzzsbcVac2qwfssoUJAN1Xhrg6bNk8J7Nzm5H7kxEbn2Nh2ZoGg',
    XPRV,
    `y${XPRV.slice(1)}`,
    WORDS,
    ` ${WORDS.replaceAll(' ', '  ').toUpperCase()}\n`,
  ])('is a secret that is not repeated: %#', (text) => {
    for (const id of NETWORK_IDS) {
      const { message } = refusal(text, id);
      expect(message).toContain('not repeated here');
      expect(message).not.toContain(text.trim().slice(0, 5));
    }
  });

  it('is followed by the CashAddr of the same script if it has the legacy form', () => {
    const cash = 'bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a';
    for (const id of ['bsv-mainnet', 'btc-mainnet'] as const) {
      expect(refusal(cash, id).message).toContain('In the legacy form it is 1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu.');
    }
  });
});
