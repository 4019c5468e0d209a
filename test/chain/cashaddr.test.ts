import { cashAddressToLockingBytecode, lockingBytecodeToCashAddress } from '@bitauth/libauth';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressError, addressOf, lockingScriptOf } from '../../src/chain/address.ts';
import { fromHex, toHex } from '../../src/chain/bytes.ts';
import { decodeCashAddr, encodeCashAddr } from '../../src/chain/cashaddr.ts';
import { networkById } from '../../src/chain/networks.ts';

const bch = networkById('bch-mainnet');

describe('vectors of the CashAddr specification', () => {
  const H20 = 'f5bf48b397dae70be82b3cca4793f8eb2b6cdac9';
  const H24 = '7adbf6c17084bc86c1706827b41a56f5ca32865925e946ea';
  const H28 = '3a84f9cf51aae98a3bb3a78bf16a6183790b18719126325bfc0c075b';
  const H32 = '3173ef6623c6b48ffd1a3dcc0cc6489b0a07bb47a37f47cfef4fe69de825c060';
  const H64 =
    'd0f346310d5513d9e01e299978624ba883e6bda8f4c60883c10f28c2967e67ec' +
    '77ecc7eeeaeafc6da89fad72d11ac961e164678b868aeeec5f2c1da08884175b';

  it.each([
    [0, 'bitcoincash:qr6m7j9njldwwzlg9v7v53unlr4jkmx6eylep8ekg2', H20],
    [1, 'bchtest:pr6m7j9njldwwzlg9v7v53unlr4jkmx6eyvwc0uz5t', H20],
    [1, 'pref:pr6m7j9njldwwzlg9v7v53unlr4jkmx6ey65nvtks5', H20],
    [15, 'prefix:0r6m7j9njldwwzlg9v7v53unlr4jkmx6ey3qnjwsrf', H20],
    [2, 'bitcoincash:zr6m7j9njldwwzlg9v7v53unlr4jkmx6eycnjehshe', H20],
    [0, 'bitcoincash:q9adhakpwzztepkpwp5z0dq62m6u5v5xtyj7j3h2ws4mr9g0', H24],
    [0, 'bitcoincash:qgagf7w02x4wnz3mkwnchut2vxphjzccwxgjvvjmlsxqwkcw59jxxuz', H28],
    [0, 'bitcoincash:qvch8mmxy0rtfrlarg7ucrxxfzds5pamg73h7370aa87d80gyhqxq5nlegake', H32],
    [1, 'bchtest:pvch8mmxy0rtfrlarg7ucrxxfzds5pamg73h7370aa87d80gyhqxq7fqng6m6', H32],
    [
      0,
      'bitcoincash:qlg0x333p4238k0qrc5ej7rzfw5g8e4a4r6vvzyrcy8j3s5k0en7calvclhw46hudk5flttj6ydvjc0pv3nchp52amk97tqa5zygg96mtky5sv5w',
      H64,
    ],
  ])('type %i: %s', (type, address, hash) => {
    const [prefix, text] = address.split(':') as [string, string];
    expect(encodeCashAddr(prefix, { type, hash: fromHex(hash) })).toBe(address);
    const payload = decodeCashAddr(prefix, text)!;
    expect([payload.type, toHex(payload.hash)]).toEqual([type, hash]);
  });

  it.each([
    ['bchtest', 'pzzjgw37vwls805c9fw6g9vqyupadst6wgg2232yf8'],
    ['bchtest', 'izzjgw37vwls805c9fw6g9vqyupadst6wgg2232yf7'],
    ['bitcoincash', 'pzzjgw37vwls805c9fw6g9vqyupadst6wgg2232yf7'],
    ['p', 'gpf8m4h'],
    ['p', 'gpf8m4h7'],
    ['p', ''],
    ['prefix', 'x64nx6hz'],
    ['bitcoincash', 'qpzry9x8gf2tvdw0s3jn54khce6mua7lcw20ayyn'],
    ['bchtest', 'testnetaddress4d6njnut'],
    ['bchreg', '555555555555555555555555555555555555555555555udxmlmrz'],
  ])('%s:%s is refused', (prefix, text) => {
    expect(decodeCashAddr(prefix, text)).toBeNull();
  });
});

it('a version whose first bit is set is refused', () => {
  const [prefix, text] = encodeCashAddr('bchtest', { type: 16, hash: new Uint8Array(20) }).split(':') as [
    string,
    string,
  ];
  expect(decodeCashAddr(prefix, text)).toBeNull();
});

describe('addresses on BCH', () => {
  const hash = '76a04053bda0a88bda5177b86a15c3b29f559873';

  it.each([
    ['bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a', `76a914${hash}88ac`],
    ['bitcoincash:ppm2qsznhks23z7629mms6s4cwef74vcwvn0h829pq', `a914${hash}87`],
  ])('%s', (address, script) => {
    expect(addressOf(fromHex(script), bch)).toBe(address);
    for (const form of [address, address.toUpperCase(), address.split(':')[1]!, address.split(':')[1]!.toUpperCase()]) {
      expect(toHex(lockingScriptOf(form, bch))).toBe(script);
    }
  });

  it('may be written in base58 too', () => {
    expect(toHex(lockingScriptOf('1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu', bch))).toBe(`76a914${hash}88ac`);
    expect(toHex(lockingScriptOf('3CWFddi6m4ndiGyKqzYvsFYagqDLPVMTzC', bch))).toBe(`a914${hash}87`);
  });

  it.each([
    'bitcoincash:Qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a',
    'BITCOINCASH:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a',
    'x:bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a',
    ':qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a',
    'bitcoincash:',
    'bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6b',
    // Well formed, but of a size or type that no script has.
    'bitcoincash:q9adhakpwzztepkpwp5z0dq62m6u5v5xtyj7j3h2ws4mr9g0',
    'bitcoincash:qvch8mmxy0rtfrlarg7ucrxxfzds5pamg73h7370aa87d80gyhqxq5nlegake',
    encodeCashAddr('bitcoincash', { type: 4, hash: fromHex(hash) }),
    encodeCashAddr('bitcoincash', { type: 15, hash: fromHex(hash) }),
  ])('are not %s', (address) => {
    expect(() => lockingScriptOf(address, bch)).toThrow(AddressError);
  });

  it('equal those of libauth, for every hash, with and without tokens', () => {
    const networks = [
      ['bch-mainnet', 'bitcoincash'],
      ['bch-chipnet', 'bchtest'],
      ['bch-regtest', 'bchreg'],
    ] as const;
    const hash20 = fc.uint8Array({ minLength: 20, maxLength: 20 }).map(toHex);
    const hash32 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex);
    const script = fc.oneof(
      hash20.map((hex) => `76a914${hex}88ac`),
      hash20.map((hex) => `a914${hex}87`),
      hash32.map((hex) => `aa20${hex}87`),
    );
    fc.assert(
      fc.property(fc.constantFrom(...networks), script, fc.boolean(), ([id, prefix], hex, tokenAware) => {
        const bytecode = fromHex(hex);
        const reference = lockingBytecodeToCashAddress({ bytecode, prefix, tokenSupport: tokenAware });
        const address = addressOf(bytecode, networkById(id), { tokenAware })!;
        expect(reference).toMatchObject({ address });
        expect(lockingScriptOf(address, networkById(id))).toEqual(bytecode);
        expect(cashAddressToLockingBytecode(address)).toMatchObject({ bytecode });
      }),
    );
  });
});
