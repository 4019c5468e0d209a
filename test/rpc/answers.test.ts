import { describe, expect, it } from 'vitest';
import { BitqlError } from '../../src/errors.ts';
import {
  currencyOfClient,
  isCatchingUp,
  parseChainDetails,
  parseChainInfo,
  parseHeader,
  parseNetworkInfo,
  parsePlacedHeader,
  parseTips,
  parseTransactionCount,
} from '../../src/rpc/answers.ts';
import { nullIfRefused, RPC_CODES, rpcRefusal, unlessRefused, unrefused } from '../../src/rpc/codes.ts';
import { JsonRpcError } from '../../src/rpc/json-rpc.ts';

const HASH = 'ab'.repeat(32);
/** The least that any node returns. */
const CHAIN = { chain: 'main', blocks: 5, headers: 7, bestblockhash: HASH };
const WORK = { mediantime: 1_700_000_000, chainwork: 'ff' };

describe('getblockchaininfo', () => {
  it('may contain no more than the state of the chain', () => {
    const more = { initialBlockDownload: null, pruned: false, pruneHeight: null, signetChallenge: null };
    expect(parseChainInfo(CHAIN)).toEqual({ name: 'main', blocks: 5, headers: 7, bestBlockHash: HASH, ...more });
  });

  it('contains more from a bitcoind, some of which lack fields', () => {
    const details = { medianTime: 1_700_000_000, chainWork: 255n, progressPermille: 0, sizeOnDisk: null };
    expect(parseChainDetails({ ...CHAIN, ...WORK })).toEqual({ ...parseChainInfo(CHAIN), ...details });
    const told = { ...CHAIN, ...WORK, verificationprogress: 0.9999, size_on_disk: 12, pruned: true, pruneheight: 3 };
    expect(parseChainDetails(told)).toMatchObject({ progressPermille: 999, sizeOnDisk: '12', pruneHeight: 3 });
    expect(() => parseChainDetails(CHAIN)).toThrow('"mediantime"');
  });

  it.each([
    [-1, 5],
    [3, 5],
    [9, 9],
  ])('never has fewer headers than blocks: for %i headers, %i', (headers, expected) => {
    expect(parseChainInfo({ ...CHAIN, headers }).headers).toBe(expected);
  });

  it('is refused from a pruned node that does not say where its blocks begin', () => {
    expect(() => parseChainInfo({ ...CHAIN, pruned: true })).toThrow('"pruneheight"');
  });

  it('shows whether to wait for a longer chain', () => {
    const inDownload = { ...CHAIN, initialblockdownload: true };
    expect(isCatchingUp(parseChainInfo(inDownload))).toBe(true);
    expect(isCatchingUp(parseChainInfo({ ...inDownload, chain: 'regtest' }))).toBe(false);
    expect(isCatchingUp(parseChainInfo(CHAIN))).toBe(false);
  });
});

describe('getnetworkinfo', () => {
  it.each([
    ['/Satoshi:29.0.0(a comment)/Knots:20250903/', '29.0.0'],
    ['/Bitcoin Cash Node:28.0.1(EB32.0)/', '28.0.1'],
    ['/Bitcoin SV:1.0.15/', '1.0.15'],
    ['/nobody/', '290000'],
  ])('has the version of %s', (subversion, version) => {
    const said = { subversion, version: 290_000, protocolversion: 70_016 };
    expect(parseNetworkInfo(said)).toEqual({ userAgent: subversion, version, protocolVersion: 70_016, peers: null });
  });
});

it('a header has its place in the chain, or is of another branch', () => {
  const header = { hash: HASH, height: 1, time: 2, chainwork: '0a', confirmations: 3 };
  const placed = { hash: HASH, height: 1, time: 2, previousHash: null, isMain: true };
  expect(parsePlacedHeader(header)).toEqual(placed);
  expect(parsePlacedHeader({ ...header, confirmations: -1 })).toEqual({ ...placed, isMain: false });
  expect(parseHeader({ ...header, previousblockhash: HASH })).toEqual({ previousHash: HASH, time: 2, chainWork: 10n });
});

it('texts of the node are cut off, and counts may be unknown', () => {
  const tip = { height: 1, hash: HASH, branchlen: 2, status: 'x'.repeat(99) };
  expect(parseTips([tip])).toEqual([{ height: 1, hash: HASH, branchLength: 2, status: 'x'.repeat(32) }]);
  expect([parseTransactionCount({}), parseTransactionCount({ txcount: 3 })]).toEqual([null, 3]);
});

it('a refusal has its code and the words of the node; other errors have neither', () => {
  const missing = new BitqlError('NODE_REFUSED', 'It is refused.', new JsonRpcError(-5, 'Block not found'));
  expect(rpcRefusal(missing)).toEqual({ code: RPC_CODES.INVALID_ADDRESS_OR_KEY, reason: 'Block not found' });
  const byProxy = new BitqlError('NODE_REFUSED', 'It is refused.', new JsonRpcError(404, 'Not Found'));
  const away = new BitqlError('NODE_UNREACHABLE', 'It is away.', new JsonRpcError(-28, 'Loading'));
  for (const other of [byProxy, away, new BitqlError('NODE_REFUSED', 'odd'), new Error('x'), null, 5]) {
    expect(rpcRefusal(other)).toBeNull();
  }
  expect([unlessRefused(missing, -5), unlessRefused(7, -5), unrefused(7), nullIfRefused(missing)]).toEqual([
    ...[null, 7, 7, null],
  ]);
  for (const fail of [() => unlessRefused(missing, -8), () => unrefused(missing)]) expect(fail).toThrow(missing);
  expect(() => nullIfRefused(away)).toThrow(away);
});

describe('the coin of a client', () => {
  it.each([
    ['/Satoshi:29.0.0/', 'BTC'],
    ['/Satoshi:29.4.2/Knots:20260508/', 'BTC'],
    ['/Satoshi:27.0.0(UASF-NotBCH)/', 'BTC'],
    ['/Satoshi:27.0.0(Knuth; Flowee; Bitcoin SV; Bitcoin Cash)/', 'BTC'],
    ['/btcwire:0.5.0/btcd:0.24.2/', 'BTC'],
    ['/Bitcoin Cash Node:28.0.1(EB32.0)/', 'BCH'],
    ['/Bitcoin Cash Node:28.0.1(EB32.0; Satoshi)/', 'BCH'],
    ['/BCH Unlimited:1.10.0(EB32; AD12)/', 'BCH'],
    ['/bchwire:0.5.3/bchd:0.17.1/', 'BCH'],
    ['/Bitcoin Verde:2.3.0/', 'BCH'],
    ['/Flowee:2022.7/', 'BCH'],
    ['/Knuth:0.75.0(EB32.0)/', 'BCH'],
    ['/Bitcoin SV:1.1.0/', 'BSV'],
    ['/teranode:0.9/', 'BSV'],
  ])('%s', (userAgent, currency) => {
    expect(currencyOfClient(userAgent)).toBe(currency);
  });

  it.each([
    '',
    '/',
    '/:1/',
    '/(Satoshi)/',
    '/Mine:1.0(Satoshi)/',
    '/Bitcoin ABC:0.32.0(EB32.0)/',
    'NotBCH',
    '/NotBCH:1/',
    '/Satoshi II:1/',
  ])('is unknown for %s', (userAgent) => {
    expect(currencyOfClient(userAgent)).toBeNull();
  });
});
