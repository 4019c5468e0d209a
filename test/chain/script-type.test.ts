import { OutScript } from '@scure/btc-signer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressOf } from '../../src/chain/address.ts';
import { parseBlock } from '../../src/chain/block.ts';
import { ByteWriter } from '../../src/chain/byte-writer.ts';
import { concatBytes, fromHex, toHex } from '../../src/chain/bytes.ts';
import { dataPushes } from '../../src/chain/data.ts';
import { NETWORK_IDS, networkById } from '../../src/chain/networks.ts';
import {
  isUnspendable,
  type ScriptElement,
  type ScriptType,
  scriptElements,
  scriptType,
} from '../../src/chain/script.ts';
import { splitTokenPrefix } from '../../src/chain/token.ts';
import { legacyBlock, segwitBlock, testnetBlock } from './fixtures.ts';

const btc = networkById('btc-mainnet');
const bch = networkById('bch-mainnet');
const bsv = networkById('bsv-mainnet');

const K33 = `02${'11'.repeat(32)}`;
const K65 = `04${'22'.repeat(64)}`;
const H20 = '33'.repeat(20);
const H32 = '44'.repeat(32);
const push33 = `21${K33}`;

const SOLVED: [string, ScriptType][] = [
  [`76a914${H20}88ac`, 'P2PKH'],
  [`76a913${H20.slice(2)}88ac`, 'NON_STANDARD'],
  [`76a914${H20}88ac61`, 'NON_STANDARD'],
  [`a914${H20}87`, 'P2SH'],
  [`a914${H20}88`, 'NON_STANDARD'],
  [`21${K33}ac`, 'P2PK'],
  [`2103${K33.slice(2)}ac`, 'P2PK'],
  [`2104${K33.slice(2)}ac`, 'NON_STANDARD'],
  [`41${K65}ac`, 'P2PK'],
  [`4106${K65.slice(2)}ac`, 'P2PK'],
  [`4107${K65.slice(2)}ac`, 'P2PK'],
  [`4105${K65.slice(2)}ac`, 'NON_STANDARD'],
  [`4c21${K33}ac`, 'NON_STANDARD'],
  [`0014${H20}`, 'P2WPKH'],
  [`0020${H32}`, 'P2WSH'],
  [`5120${H32}`, 'P2TR'],
  ['51024e73', 'P2A'],
  ['51024e74', 'WITNESS_UNKNOWN'],
  ['52024e73', 'WITNESS_UNKNOWN'],
  [`5220${H32}`, 'WITNESS_UNKNOWN'],
  [`6028${H20}${H20}`, 'WITNESS_UNKNOWN'],
  [`6029${H20}${H20}00`, 'NON_STANDARD'],
  ['51014e', 'NON_STANDARD'],
  [`0015${H20}00`, 'NON_STANDARD'],
  [`4f20${H32}`, 'NON_STANDARD'],
  [`514c20${H32}`, 'NON_STANDARD'],
  ['6a', 'NULL_DATA'],
  ['6a0401020304', 'NULL_DATA'],
  ['6a4c', 'NULL_DATA'],
  ['6aac', 'NULL_DATA'],
  ['006a', 'NULL_DATA'],
  ['006a0102', 'NULL_DATA'],
  ['00', 'NON_STANDARD'],
  ['', 'NON_STANDARD'],
  ['51', 'NON_STANDARD'],
  [`51${push33}51ae`, 'MULTISIG'],
  [`52${push33}${push33}41${K65}53ae`, 'MULTISIG'],
  [`53${push33}${push33}52ae`, 'NON_STANDARD'],
  [`50${push33}51ae`, 'NON_STANDARD'],
  [`00${push33}51ae`, 'NON_STANDARD'],
  [`51${push33}52ae`, 'NON_STANDARD'],
  [`51${push33}${push33}51ae`, 'NON_STANDARD'],
  [`51${push33}51af`, 'NON_STANDARD'],
  [`51${push33}5161ae`, 'NON_STANDARD'],
  [`51${push33}51ae61`, 'NON_STANDARD'],
  [`51204${K33.slice(1)}51ae`, 'NON_STANDARD'],
  ['5151ae', 'NON_STANDARD'],
  ['ae', 'NON_STANDARD'],
  // More keys than an opcode can count are counted by a shortest push, up to 20.
  [`5e${push33.repeat(16)}60ae`, 'MULTISIG'],
  [`5e${push33.repeat(17)}0111ae`, 'MULTISIG'],
  [`0111${push33.repeat(17)}0111ae`, 'MULTISIG'],
  [`5e${push33.repeat(20)}0114ae`, 'MULTISIG'],
  [`5e${push33.repeat(21)}0115ae`, 'NON_STANDARD'],
  [`51${push33}0101ae`, 'NON_STANDARD'],
  [`5e${push33.repeat(17)}4c0111ae`, 'NON_STANDARD'],
  [`5e${push33.repeat(17)}021100ae`, 'NON_STANDARD'],
  // A key may be in a longer push than it needs.
  [`51${`4c${push33}`}51ae`, 'MULTISIG'],
];

describe("types of scripts, as by Core's Solver", () => {
  it.each(SOLVED)('%s is %s', (hex, type) => {
    expect(scriptType(fromHex(hex), btc)).toBe(type);
  });

  it('include no witness programs on a chain without SegWit', () => {
    for (const network of [bch, bsv]) {
      for (const hex of [`0014${H20}`, `0020${H32}`, `5120${H32}`, '51024e73']) {
        expect(scriptType(fromHex(hex), network)).toBe('NON_STANDARD');
      }
    }
  });

  it('include pay-to-script-hash of 32 bytes on BCH only (CHIP-2022-05)', () => {
    const script = fromHex(`aa20${H32}87`);
    expect(scriptType(script, bch)).toBe('P2SH32');
    expect(scriptType(script, btc)).toBe('NON_STANDARD');
    expect(scriptType(script, bsv)).toBe('NON_STANDARD');
  });

  const names: Record<string, ScriptType> = {
    pk: 'P2PK',
    pkh: 'P2PKH',
    sh: 'P2SH',
    ms: 'MULTISIG',
    wpkh: 'P2WPKH',
    wsh: 'P2WSH',
    tr: 'P2TR',
  };

  it('equal those of btc-signer for every output of the test blocks', () => {
    for (const bytes of [legacyBlock(), testnetBlock(), segwitBlock(500)]) {
      for (const { outputs } of parseBlock(bytes, btc).transactions) {
        for (const { script } of outputs) {
          const type = scriptType(script, btc);
          const reference = names[OutScript.decode(script).type];
          // It also requires keys to be on the curve. Those of made-up outputs are not, and neither is data in place of keys.
          if (reference === undefined) expect(['NULL_DATA', 'MULTISIG', 'P2TR', 'NON_STANDARD']).toContain(type);
          else expect(type).toBe(reference);
        }
      }
    }
  });
});

describe('outputs that nobody can spend', () => {
  const spendable = (hex: string, network = btc, height = 800_000) => !isUnspendable(fromHex(hex), network, height);

  it('begin with OP_RETURN or are too long on BTC and BCH', () => {
    for (const network of [btc, bch]) {
      expect(spendable('6a', network)).toBe(false);
      expect(spendable('6a51', network, 0)).toBe(false);
      expect(spendable('51', network)).toBe(true);
      expect(spendable('', network)).toBe(true);
      // Core looks only at the first opcode.
      expect(spendable('006a', network)).toBe(true);
      expect(spendable('51'.repeat(10_000), network)).toBe(true);
      expect(spendable('51'.repeat(10_001), network)).toBe(false);
    }
  });

  it.each([
    ['bsv-mainnet', 620_538],
    ['bsv-testnet', 1_344_302],
    ['bsv-stn', 100],
    ['bsv-regtest', 10_000],
  ] as const)('begin with OP_FALSE OP_RETURN on %s since the Genesis upgrade at %i', (id, height) => {
    const network = networkById(id);
    expect(spendable('006a', network, height - 1)).toBe(false);
    expect(spendable('006a', network, height)).toBe(false);
    expect(spendable('6a', network, height - 1)).toBe(false);
    expect(spendable('6a', network, height)).toBe(true);
    expect(spendable('51'.repeat(10_001), network, height - 1)).toBe(false);
    expect(spendable('51'.repeat(10_001), network, height)).toBe(true);
  });
});

describe('elements of a script', () => {
  const elements = (hex: string, limit?: number) => {
    return scriptElements(fromHex(hex), 0, limit).map(({ opcode, data, rest }) => [opcode, toHex(data), rest]);
  };

  it('are opcodes with the data that they push', () => {
    expect(elements('0003aabbcc4c01dd4d0200eeff4e0100000011')).toEqual([
      [0x00, '', false],
      [0x03, 'aabbcc', false],
      [0x4c, 'dd', false],
      [0x4d, 'eeff', false],
      [0x4e, '11', false],
    ]);
    expect(elements('4f515a60')).toEqual([
      [0x4f, '81', false],
      [0x51, '01', false],
      [0x5a, '0a', false],
      [0x60, '10', false],
    ]);
    expect(elements('50616a88ac')).toEqual([0x50, 0x61, 0x6a, 0x88, 0xac].map((opcode) => [opcode, '', false]));
    expect(elements('4c004d00004e00000000')).toEqual([0x4c, 0x4d, 0x4e].map((opcode) => [opcode, '', false]));
    expect(elements('')).toEqual([]);
  });

  it.each(['02aa', '01', '4c', '4c02aa', '4d', '4d01', '4d0100', '4e', '4e010000', '4e01000000', '4effffffffaa', '4b'])(
    'end with the rest if a push is malformed: %s',
    (hex) => {
      expect(elements(`51${hex}`)).toEqual([
        [0x51, '01', false],
        [Number.parseInt(hex.slice(0, 2), 16), hex, true],
      ]);
    },
  );

  it('are limited in number, and the rest follows as one', () => {
    expect(elements('51525354', 2)).toEqual([
      [0x51, '01', false],
      [0x52, '02', false],
      [0x53, '5354', true],
    ]);
    expect(elements('5152', 2)).toHaveLength(2);
    expect(scriptElements(new Uint8Array(1_000_000))).toHaveLength(100_001);
  });

  it('give the script when they are joined', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        expect(concatBytes(...scriptElements(script).map(serialize))).toEqual(script);
      }),
    );
  });
});

function serialize({ opcode, data, rest }: ScriptElement): Uint8Array {
  const writer = new ByteWriter();
  if (rest) return data;
  writer.u8(opcode);
  if (opcode === 0x4c) writer.u8(data.length);
  if (opcode === 0x4d) writer.u16(data.length);
  if (opcode === 0x4e) writer.u32(data.length);
  return opcode <= 0x4e ? writer.bytes(data).finish() : writer.finish();
}

/** Random bytes, and random mixtures of the elements of scripts. */
const scripts = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc
    .array(
      fc.oneof(
        fc.constantFrom(
          '6a',
          '006a',
          '4c',
          '4d',
          '4e',
          '76a914',
          '88ac',
          'a914',
          '87',
          'aa20',
          '51',
          '0014',
          '5120',
          'ae',
        ),
        fc.constantFrom('ef', H20, H32, push33, 'ac', '02', '50', 'ff', '10', '70'),
      ),
    )
    .map((parts) => fromHex(parts.join(''))),
);

it('no bytes make a reader of scripts throw', () => {
  fc.assert(
    fc.property(scripts, fc.constantFrom(...NETWORK_IDS), fc.nat(2_000_000), (script, id, height) => {
      const network = networkById(id);
      const { lockingScript } = splitTokenPrefix(script);
      const type = scriptType(lockingScript, network);
      expect(type === 'NULL_DATA').toBe(dataPushes(lockingScript) !== null);
      expect(typeof isUnspendable(lockingScript, network, height)).toBe('boolean');
      const hasAddress = ['P2PKH', 'P2SH', 'P2SH32', 'P2WPKH', 'P2WSH', 'P2TR', 'P2A', 'WITNESS_UNKNOWN'].includes(
        type,
      );
      expect(addressOf(lockingScript, network) !== null).toBe(hasAddress);
    }),
    { numRuns: 3_000 },
  );
});
