import { fileURLToPath } from 'node:url';
import * as ecc from '@bitcoinerlab/secp256k1';
import { address, Block, initEccLib, script, type Transaction } from 'bitcoinjs-lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../dev/free-port.ts';
import { Sandbox } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { legacyBlock } from '../chain/fixtures.ts';
import { askAll } from '../support/graphql.ts';

const BITQL = fileURLToPath(new URL('../../bin/bitql.js', import.meta.url));

const QUERY = `query ($after: Cursor) {
  list: transactions(order: OLDEST_FIRST, first: 100, after: $after) {
    nodes {
      txid wtxid version lockTime size strippedSize weight virtualSize coinbase hex blockIndex inputCount outputCount outputValue
      block { height hash }
      inputs { previousTxid previousIndex unlockingScript sequence witness spentOutput { value lockingScript } }
      outputs { index value lockingScript address data { pushes { hex size malformed } } }
    }
    pageInfo { endCursor hasNextPage }
  }
}`;

interface AnsweredOutput {
  readonly value: number;
  readonly data: { readonly pushes: readonly { readonly hex: string }[] } | null;
}

interface AnsweredTransaction {
  readonly txid: string;
  readonly inputs: readonly {
    readonly spentOutput: { readonly value: number; readonly lockingScript: string } | null;
  }[];
  readonly outputs: readonly AnsweredOutput[];
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** A transaction as bitcoinjs-lib parses it, with the names of the schema. */
function asRead(transaction: Transaction, blockIndex: number): object {
  const coinbase = transaction.isCoinbase();
  return {
    txid: transaction.getId(),
    wtxid: transaction.getId(),
    version: transaction.version,
    lockTime: transaction.locktime,
    size: transaction.byteLength(),
    strippedSize: transaction.byteLength(false),
    weight: transaction.weight(),
    virtualSize: transaction.virtualSize(),
    coinbase,
    hex: transaction.toHex(),
    blockIndex,
    inputCount: transaction.ins.length,
    outputCount: transaction.outs.length,
    outputValue: transaction.outs.reduce((sum, { value }) => sum + Number(value), 0),
    block: { height: 357_238, hash: '00000000000000000f3db04d442e92c172691170ca47dfea5be2b9613cf0343d' },
    inputs: transaction.ins.map((input) => ({
      previousTxid: coinbase ? null : hex(input.hash.toReversed()),
      previousIndex: coinbase ? null : input.index,
      unlockingScript: hex(input.script),
      sequence: input.sequence,
      witness: input.witness.map(hex),
    })),
    outputs: transaction.outs.map(({ value, script: lockingScript }, index) => ({
      index,
      value: Number(value),
      lockingScript: hex(lockingScript),
      address: addressOf(lockingScript),
      data: lockingScript[0] === 0x6a ? { pushes: pushesOf(lockingScript) } : null,
    })),
  };
}

function addressOf(lockingScript: Uint8Array): string | null {
  try {
    return address.fromOutputScript(lockingScript);
  } catch {
    return null;
  }
}

function pushesOf(lockingScript: Uint8Array): object[] {
  return script
    .decompile(lockingScript)!
    .slice(1)
    .map((push) => ({ hex: hex(push as Uint8Array), size: (push as Uint8Array).length, malformed: false }));
}

describe('the demo', () => {
  const sandbox = new Sandbox('demo');
  let url: string;

  beforeAll(async () => {
    initEccLib(ecc);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    // A killed demo cannot clean up, so its store is in the sandbox.
    const env = { ...process.env, TMPDIR: sandbox.folder };
    const demo = sandbox.start('demo', process.execPath, [BITQL, 'demo', '--port', String(port)], env);
    await until('the demo to serve', () => {
      if (demo.result !== undefined) throw new Error(`the demo ended:\n${demo.output()}`);
      return demo.output().includes(`${url}/graphql`);
    });
  });

  afterAll(() => sandbox.close());

  it('returns each of the 369 transactions as bitcoinjs-lib reads it', async () => {
    const read = Block.fromBuffer(legacyBlock()).transactions!;
    const answered = await askAll<AnsweredTransaction>(url, QUERY);
    expect(answered).toHaveLength(369);
    const byId = new Map(read.map((transaction) => [transaction.getId(), transaction]));
    for (const [i, transaction] of answered.entries()) {
      const inputs = transaction.inputs.map(({ spentOutput, ...input }, n) => {
        const { hash, index } = read[i]!.ins[n]!;
        const spent = byId.get(hex(hash.toReversed()))?.outs[index];
        expect(spentOutput).toEqual(
          spent === undefined ? null : { value: Number(spent.value), lockingScript: hex(spent.script) },
        );
        return input;
      });
      expect({ ...transaction, inputs }).toEqual(asRead(read[i]!, i));
    }
    const data = answered.flatMap(({ outputs }) => outputs.filter((output) => output.data !== null));
    expect(data).toHaveLength(2);
  });

  it('finds each data output of the block by its text', async () => {
    const answered = await askAll<AnsweredTransaction>(url, QUERY);
    const search = `query ($after: Cursor, $hex: Hex!) {
      list: transactions(first: 100, after: $after, filter: { data: { pushes: { index: 0, equals: { hex: $hex } } } }) {
        nodes { txid } pageInfo { endCursor hasNextPage }
      }
    }`;
    const first = (output: AnsweredOutput) => output.data?.pushes[0]?.hex;
    for (const said of new Set(
      answered.flatMap(({ outputs }) => outputs.map(first)).filter((text) => text !== undefined),
    )) {
      const saying = answered.filter(({ outputs }) => outputs.some((output) => first(output) === said));
      const found = await askAll<AnsweredTransaction>(url, search, { hex: said });
      expect(found.map(({ txid }) => txid)).toEqual(saying.map(({ txid }) => txid).reverse());
    }
  });
});
