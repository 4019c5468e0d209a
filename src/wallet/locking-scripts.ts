import { p2pkh, p2sh, witnessScript } from '../chain/address.ts';
import { ByteWriter } from '../chain/byte-writer.ts';
import { compareBytes, concatBytes, viewOf } from '../chain/bytes.ts';
import { hash160, sha256 } from '../chain/hash.ts';
import { OP_1, OP_CHECKMULTISIG, OP_CHECKSIG, OP_CHECKSIGADD, OP_NUMEQUAL } from '../chain/script.ts';
import { type PublicKey, taggedHash, taprootKeys } from './public-keys.ts';
import type { KeyTemplate, LeafTemplate, MultisigTemplate, ScriptTemplate, ScriptTree } from './script-template.ts';

/** The bytes of the public key at a place in a template. */
type KeyAt = (place: number) => Uint8Array;

const LEAF_VERSION = 0xc0;

/**
 * The locking scripts that a template makes of public keys.
 * @param keys one list for each key of the template, all equally long: one public key for each script
 */
export function lockingScripts(template: ScriptTemplate, keys: readonly (readonly PublicKey[])[]): Uint8Array[] {
  const each = keys[0]!.map(
    (_, i): KeyAt =>
      (place) =>
        keys[place]![i]!.bytes,
  );
  if (template.kind !== 'tr') return each.map((keyAt) => scriptOf(template, keyAt));
  const { key, tree } = template;
  const roots = tree === null ? null : each.map((keyAt) => rootOf(tree, keyAt));
  // Made together, which is faster.
  return taprootKeys(keys[key]!, roots).map((output) => witnessScript(1, output)!);
}

function scriptOf(template: ScriptTemplate, keyAt: KeyAt): Uint8Array {
  switch (template.kind) {
    case 'multi':
      return multisig(template, keyAt);
    case 'sh':
      return p2sh(hash160(scriptOf(template.script, keyAt)));
    case 'wsh':
      return witnessScript(0, sha256(scriptOf(template.script, keyAt)))!;
    case 'tr':
      throw new Error('Taproot is in no other script.');
    default:
      return scriptOfKey(template, keyAt(template.key));
  }
}

function scriptOfKey({ kind }: KeyTemplate, key: Uint8Array): Uint8Array {
  if (kind === 'pk') return concatBytes(push(key), Uint8Array.of(OP_CHECKSIG));
  const hash = hash160(key);
  return kind === 'pkh' ? p2pkh(hash) : witnessScript(0, hash)!;
}

/** BIP 383. */
function multisig(template: MultisigTemplate, keyAt: KeyAt): Uint8Array {
  const keys = keysOf(template, keyAt);
  const [required, total] = [number(template.required), number(keys.length)];
  return concatBytes(required, ...keys.map(push), total, Uint8Array.of(OP_CHECKMULTISIG));
}

function keysOf({ keys, isSorted }: MultisigTemplate, keyAt: KeyAt): Uint8Array[] {
  const found = keys.map(keyAt);
  return isSorted ? found.sort(compareBytes) : found;
}

/** The root of a tree of scripts (BIP 341). */
function rootOf(tree: ScriptTree, keyAt: KeyAt): Uint8Array {
  if (tree.kind === 'branches') {
    const branches = tree.of.map((branch) => rootOf(branch, keyAt)).sort(compareBytes);
    return taggedHash('TapBranch', ...branches);
  }
  const script = leafScript(tree, (place) => viewOf(keyAt(place), 1, 33));
  const head = new ByteWriter().u8(LEAF_VERSION).compactSize(script.length).finish();
  return taggedHash('TapLeaf', head, script);
}

/** The script of a leaf, with keys of 32 bytes (BIP 386, BIP 387). */
function leafScript(template: LeafTemplate, keyAt: KeyAt): Uint8Array {
  if (template.kind !== 'multi') return scriptOfKey(template, keyAt(template.key));
  const checks = keysOf(template, keyAt).map((key, i) =>
    concatBytes(push(key), Uint8Array.of(i === 0 ? OP_CHECKSIG : OP_CHECKSIGADD)),
  );
  return concatBytes(...checks, number(template.required), Uint8Array.of(OP_NUMEQUAL));
}

function push(key: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(key.length), key);
}

/** A number of keys, at most 127, as a script pushes it. */
function number(value: number): Uint8Array {
  return value <= 16 ? Uint8Array.of(OP_1 + value - 1) : Uint8Array.of(1, value);
}
