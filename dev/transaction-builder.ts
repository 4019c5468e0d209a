import { hex } from '@scure/base';
import { RawTx, SigHash, Transaction } from '@scure/btc-signer';
import { sha256x2, signECDSA, signSchnorr } from '@scure/btc-signer/utils.js';
import type { InputSigner, Lock } from './lock.ts';

/** An output that can be spent. */
export interface Coin {
  readonly txid: string;
  readonly index: number;
  readonly value: number;
  readonly lock: Lock;
}

export interface NewOutput {
  /** In satoshis. */
  readonly value: number;
  readonly script: Uint8Array;
}

export interface NewTransaction {
  readonly inputs: readonly Coin[];
  readonly outputs: readonly NewOutput[];
  /** [2] */
  readonly version?: number;
  /** [0] */
  readonly lockTime?: number;
  /** Sequence of each input [0xffffffff: final] */
  readonly sequence?: number;
}

export interface BuiltTransaction {
  readonly txid: string;
  readonly hex: string;
  readonly outputs: readonly NewOutput[];
}

const FINAL = 0xffff_ffff;
const TAPSCRIPT = 0xc0;
/** BIP340's auxiliary randomness is zero here, so that the same transaction always has the same bytes. */
const NO_RANDOMNESS = new Uint8Array(32);

/** Signs and serializes. Nothing is checked, so transactions that no node accepts can be built too. */
export function buildTransaction(description: NewTransaction): BuiltTransaction {
  const { inputs, outputs, version = 2, lockTime = 0, sequence = FINAL } = description;
  const unsigned = {
    version,
    lockTime,
    inputs: inputs.map(({ txid, index }) => ({
      txid: hex.decode(txid),
      index,
      finalScriptSig: new Uint8Array(0),
      sequence,
    })),
    outputs: outputs.map(({ value, script }) => ({ amount: BigInt(value), script })),
  };
  const sighashes = new Sighashes(unsigned, inputs);
  const unlocked = inputs.map(({ lock }, n) => lock.unlock(sighashes.signer(n)));
  const signed = {
    ...unsigned,
    inputs: unsigned.inputs.map((input, n) => ({ ...input, finalScriptSig: unlocked[n]!.script })),
  };
  const withoutWitness = RawTx.encode({ ...signed, segwitFlag: false, witnesses: undefined });
  const witnesses = unlocked.map(({ witness }) => [...witness]);
  const bytes = witnesses.every((witness) => witness.length === 0)
    ? withoutWitness
    : RawTx.encode({ ...signed, segwitFlag: true, witnesses });
  return { txid: hex.encode(sha256x2(withoutWitness).reverse()), hex: hex.encode(bytes), outputs };
}

/** The output of a built transaction as a coin, with the lock that made its script. */
export function coinOf({ txid, outputs }: BuiltTransaction, index: number, lock: Lock): Coin {
  return { txid, index, value: outputs[index]!.value, lock };
}

type Unsigned = Parameters<typeof RawTx.encode>[0];

/** What each input signs. The signing library computes BIP143 and BIP341; the older hash is computed here. */
class Sighashes {
  readonly #unsigned: Unsigned;
  readonly #coins: readonly Coin[];
  readonly #transaction: Transaction;

  constructor(unsigned: Omit<Unsigned, 'segwitFlag' | 'witnesses'>, coins: readonly Coin[]) {
    this.#unsigned = { ...unsigned, segwitFlag: false, witnesses: undefined };
    this.#coins = coins;
    this.#transaction = Transaction.fromRaw(RawTx.encode(this.#unsigned), {
      allowUnknownInputs: true,
      allowUnknownOutputs: true,
      allowUnknownVersion: true,
      disableScriptCheck: true,
    });
  }

  signer(index: number): InputSigner {
    const ecdsa = (hash: Uint8Array, secret: Uint8Array) =>
      Uint8Array.of(...signECDSA(hash, secret, true), SigHash.ALL);
    return {
      legacy: (key, scriptCode) => ecdsa(this.#legacy(index, scriptCode), key.secret),
      segwit: (key, scriptCode) => ecdsa(this.#segwit(index, scriptCode), key.secret),
      taproot: (secret, leaf) => signSchnorr(this.#taproot(index, leaf), secret, NO_RANDOMNESS),
    };
  }

  #legacy(index: number, scriptCode: Uint8Array): Uint8Array {
    const inputs = this.#unsigned.inputs.map((input, n) =>
      n === index ? { ...input, finalScriptSig: scriptCode } : input,
    );
    return sha256x2(RawTx.encode({ ...this.#unsigned, inputs }), Uint8Array.of(SigHash.ALL, 0, 0, 0));
  }

  #segwit(index: number, scriptCode: Uint8Array): Uint8Array {
    return this.#transaction.preimageWitnessV0(index, scriptCode, SigHash.ALL, BigInt(this.#coins[index]!.value));
  }

  #taproot(index: number, leaf: Uint8Array | undefined): Uint8Array {
    const scripts = this.#coins.map(({ lock }) => lock.script);
    const amounts = this.#coins.map(({ value }) => BigInt(value));
    return this.#transaction.preimageWitnessV1(index, scripts, SigHash.DEFAULT, amounts, undefined, leaf, TAPSCRIPT);
  }
}
