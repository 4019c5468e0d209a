import { ByteWriter } from './byte-writer.ts';
import { hash256 } from './hash.ts';

/** The three coins that share Bitcoin's history up to a fork block. */
export type Currency = 'BTC' | 'BCH' | 'BSV';

/** All networks that can be indexed: coin and chain. */
export const NETWORK_IDS = [
  'btc-mainnet',
  'btc-testnet3',
  'btc-testnet4',
  'btc-signet',
  'btc-regtest',
  'bch-mainnet',
  'bch-testnet3',
  'bch-testnet4',
  'bch-scalenet',
  'bch-chipnet',
  'bch-regtest',
  'bsv-mainnet',
  'bsv-testnet',
  'bsv-stn',
  'bsv-regtest',
] as const;

/** The name of a network: coin and chain. */
export type NetworkId = (typeof NETWORK_IDS)[number];

/** How addresses are written on a network. */
export interface AddressFormat {
  /** Base58Check version byte of a P2PKH address. */
  readonly publicKeyHash: number;
  /** Base58Check version byte of a P2SH address. */
  readonly scriptHash: number;
  /** Human-readable part of Bech32 addresses (BIP173); null if there are no witness programs. */
  readonly bech32: string | null;
  /** Prefix of CashAddr addresses; null if addresses are base58. */
  readonly cashaddr: string | null;
}

/** The rules of one network that the codec depends on. From each node's `chainparams.cpp`. */
export interface Network {
  readonly id: NetworkId;
  readonly currency: Currency;
  /** Its name in the node's `getblockchaininfo.chain`. */
  readonly chain: string;
  /** Hash of block 0 in display hex; undefined if it is not fixed. */
  readonly genesisHash: string | undefined;
  /** The 4 bytes before each block in the node's block files (SV and BCHN: `diskMagic`, which differs from the wire's). */
  readonly magic: Uint8Array;
  /** Transactions may carry witnesses (BIP144), and witness programs have types and addresses. */
  readonly segwit: boolean;
  /** Outputs may begin with a CashTokens prefix (CHIP-2022-02). */
  readonly cashTokens: boolean;
  /** OP_HASH256 <32 bytes> OP_EQUAL is pay-to-script-hash (CHIP-2022-05). */
  readonly p2sh32: boolean;
  readonly addresses: AddressFormat;
  /** Confirmations before the output of a coinbase can be spent. */
  readonly coinbaseMaturity: number;
  /** Height of BSV's Genesis upgrade, from which on an output that begins with a bare OP_RETURN may be spent; else null. */
  readonly genesisUpgradeHeight: number | null;
}

const MAINNET_GENESIS = '000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f';
const TESTNET_GENESIS = '000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943';
const REGTEST_GENESIS = '0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206';
/** BCH's fourth testnet and the chipnet, which split from it. */
const BCH_TESTNET4_GENESIS = '000000001dd410c49a788668ce26751718cc797474d3152a5fc073dd44fd9f7b';

const MAINNET_MAGIC = Uint8Array.of(0xf9, 0xbe, 0xb4, 0xd9);
const TESTNET_MAGIC = Uint8Array.of(0x0b, 0x11, 0x09, 0x07);
const REGTEST_MAGIC = Uint8Array.of(0xfa, 0xbf, 0xb5, 0xda);
const BCH_TESTNET4_MAGIC = Uint8Array.of(0xcd, 0x22, 0xa7, 0x92);

const MAINNET_BASE58 = { publicKeyHash: 0, scriptHash: 5 };
const TESTNET_BASE58 = { publicKeyHash: 111, scriptHash: 196 };

const BTC_MAINNET: Network = {
  id: 'btc-mainnet',
  currency: 'BTC',
  chain: 'main',
  genesisHash: MAINNET_GENESIS,
  magic: MAINNET_MAGIC,
  segwit: true,
  cashTokens: false,
  p2sh32: false,
  addresses: { ...MAINNET_BASE58, bech32: 'bc', cashaddr: null },
  coinbaseMaturity: 100,
  genesisUpgradeHeight: null,
};

const BTC_TESTNET3: Network = {
  ...BTC_MAINNET,
  id: 'btc-testnet3',
  chain: 'test',
  genesisHash: TESTNET_GENESIS,
  magic: TESTNET_MAGIC,
  addresses: { ...TESTNET_BASE58, bech32: 'tb', cashaddr: null },
};

const BCH_MAINNET: Network = {
  ...BTC_MAINNET,
  id: 'bch-mainnet',
  currency: 'BCH',
  segwit: false,
  cashTokens: true,
  p2sh32: true,
  addresses: { ...MAINNET_BASE58, bech32: null, cashaddr: 'bitcoincash' },
};

const BCH_TESTNET3: Network = {
  ...BCH_MAINNET,
  id: 'bch-testnet3',
  chain: 'test',
  genesisHash: TESTNET_GENESIS,
  magic: TESTNET_MAGIC,
  addresses: { ...TESTNET_BASE58, bech32: null, cashaddr: 'bchtest' },
};

const BSV_MAINNET: Network = {
  ...BTC_MAINNET,
  id: 'bsv-mainnet',
  currency: 'BSV',
  segwit: false,
  addresses: { ...MAINNET_BASE58, bech32: null, cashaddr: null },
  genesisUpgradeHeight: 620_538,
};

const BSV_TESTNET: Network = {
  ...BSV_MAINNET,
  id: 'bsv-testnet',
  chain: 'test',
  genesisHash: TESTNET_GENESIS,
  magic: TESTNET_MAGIC,
  addresses: { ...TESTNET_BASE58, bech32: null, cashaddr: null },
  genesisUpgradeHeight: 1_344_302,
};

const NETWORKS: Readonly<Record<NetworkId, Network>> = {
  'btc-mainnet': BTC_MAINNET,
  'btc-testnet3': BTC_TESTNET3,
  'btc-testnet4': {
    ...BTC_TESTNET3,
    id: 'btc-testnet4',
    chain: 'testnet4',
    genesisHash: '00000000da84f2bafbbc53dee25a72ae507ff4914b867c565be350b0da8bf043',
    magic: Uint8Array.of(0x1c, 0x16, 0x3f, 0x28),
  },
  'btc-signet': {
    ...BTC_TESTNET3,
    id: 'btc-signet',
    chain: 'signet',
    genesisHash: '00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6',
    // For the public signet; a signet with its own challenge has another one (`signetMagic`).
    magic: Uint8Array.of(0x0a, 0x03, 0xcf, 0x40),
  },
  'btc-regtest': {
    ...BTC_TESTNET3,
    id: 'btc-regtest',
    chain: 'regtest',
    genesisHash: REGTEST_GENESIS,
    magic: REGTEST_MAGIC,
    addresses: { ...TESTNET_BASE58, bech32: 'bcrt', cashaddr: null },
  },
  'bch-mainnet': BCH_MAINNET,
  'bch-testnet3': BCH_TESTNET3,
  'bch-testnet4': {
    ...BCH_TESTNET3,
    id: 'bch-testnet4',
    chain: 'test4',
    genesisHash: BCH_TESTNET4_GENESIS,
    magic: BCH_TESTNET4_MAGIC,
  },
  'bch-scalenet': {
    ...BCH_TESTNET3,
    id: 'bch-scalenet',
    chain: 'scale',
    genesisHash: '00000000e6453dc2dfe1ffa19023f86002eb11dbb8e87d0291a4599f0430be52',
    magic: Uint8Array.of(0xba, 0xc2, 0x2d, 0xc4),
  },
  'bch-chipnet': {
    ...BCH_TESTNET3,
    id: 'bch-chipnet',
    chain: 'chip',
    genesisHash: BCH_TESTNET4_GENESIS,
    magic: BCH_TESTNET4_MAGIC,
  },
  'bch-regtest': {
    ...BCH_TESTNET3,
    id: 'bch-regtest',
    chain: 'regtest',
    genesisHash: REGTEST_GENESIS,
    magic: REGTEST_MAGIC,
    addresses: { ...TESTNET_BASE58, bech32: null, cashaddr: 'bchreg' },
  },
  'bsv-mainnet': BSV_MAINNET,
  'bsv-testnet': BSV_TESTNET,
  'bsv-stn': {
    ...BSV_TESTNET,
    id: 'bsv-stn',
    chain: 'stn',
    magic: Uint8Array.of(0xfb, 0xce, 0xc4, 0xf9),
    genesisUpgradeHeight: 100,
  },
  'bsv-regtest': {
    ...BSV_TESTNET,
    id: 'bsv-regtest',
    chain: 'regtest',
    genesisHash: REGTEST_GENESIS,
    magic: REGTEST_MAGIC,
    // The default of -genesisactivationheight.
    genesisUpgradeHeight: 10_000,
  },
};

/** The network with this name. */
export function networkById(id: NetworkId): Network {
  return NETWORKS[id];
}

/** Whether the text names a network. */
export function isNetworkId(text: string): text is NetworkId {
  return Object.hasOwn(NETWORKS, text);
}

/** The network with this `getblockchaininfo.chain` on a node of this coin; undefined for an unknown one. */
export function networkByChain(currency: Currency, chain: string): Network | undefined {
  return NETWORK_IDS.map(networkById).find((network) => network.currency === currency && network.chain === chain);
}

/** The magic of the signet with the given challenge, a script (BIP 325). */
export function signetMagic(challenge: Uint8Array): Uint8Array {
  return hash256(new ByteWriter().compactSize(challenge.length).bytes(challenge).finish()).slice(0, 4);
}
