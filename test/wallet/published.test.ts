import { expect, it } from 'vitest';
import { p2sh, witnessScript } from '../../src/chain/address.ts';
import { fromHex, toHex } from '../../src/chain/bytes.ts';
import { hash160, sha256 } from '../../src/chain/hash.ts';
import { networkById } from '../../src/chain/networks.ts';
import { parseDescriptor } from '../../src/wallet/descriptor.ts';
import { ScriptChain } from '../../src/wallet/script-chain.ts';
import { BARE, BARE_IN_SH, INVALID, PRIVATE, SEVERAL, VALID } from './published-descriptors.ts';

const MAINNET = networkById('btc-mainnet');

/** The first locking scripts of each chain, in hex. */
function scriptsOf(descriptor: string, count: number): string[][] {
  const { template, chains } = parseDescriptor(descriptor, MAINNET);
  return chains.map((keys) => new ScriptChain(template, keys).derive(0, count).map(toHex));
}

const refusal = (text: string) => {
  try {
    parseDescriptor(text, MAINNET);
  } catch (error) {
    return error as Error & { readonly code: string };
  }
  throw new Error(`${text} was not refused.`);
};

it.each(VALID)('%s has the scripts that its BIP publishes', (descriptor, ...scripts) => {
  expect(scriptsOf(descriptor, 3)).toEqual([scripts]);
});

it.each(BARE)('wsh(%s) pays to the scripts that BIP 383 publishes', (script, ...scripts) => {
  const paid = scripts.map((hex) => toHex(witnessScript(0, sha256(fromHex(hex)))!));
  expect(scriptsOf(`wsh(${script})`, 3)).toEqual([paid]);
  const nested = scripts.map((hex) => toHex(p2sh(hash160(witnessScript(0, sha256(fromHex(hex)))!))));
  expect(scriptsOf(`sh(wsh(${script}))`, 3)).toEqual([nested]);
});

it.each([...BARE, ...BARE_IN_SH])('sh(%s) pays to the scripts that BIP 383 publishes', (script, ...scripts) => {
  expect(scriptsOf(`sh(${script})`, 3)).toEqual([scripts.map((hex) => toHex(p2sh(hash160(fromHex(hex)))))]);
});

it.each([...BARE, ...BARE_IN_SH])('%s by itself is refused, with what to do', (script) => {
  expect(refusal(script).message).toMatch(/by itself has no address.*outputs\(filter/s);
});

it.each(SEVERAL)('%s stands for the descriptors that BIP 389 publishes', (descriptor, ...descriptors) => {
  expect(scriptsOf(descriptor, 3)).toEqual(descriptors.flatMap((one) => scriptsOf(one, 3)));
});

it.each(INVALID)('%s is refused, as in its BIP or because it has no addresses', (descriptor, message) => {
  expect(refusal(descriptor)).toMatchObject({ code: 'BAD_DESCRIPTOR', message: expect.stringContaining(message) });
});

it.each(PRIVATE)(
  'a descriptor with private keys is refused, and the message says to give the public one',
  (descriptor) => {
    const { message } = refusal(descriptor);
    expect(message).toMatch(/has a private key.*descriptor with public keys/s);
    for (const key of descriptor.match(/[0-9A-Za-z]{20,}/g)!) expect(message).not.toContain(key.slice(4, 16));
  },
);
