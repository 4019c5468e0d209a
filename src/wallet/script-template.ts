/** A locking script, or one behind a hash, as a function of public keys. Each number is the place of one in the list of these keys. */
export type ScriptTemplate =
  | KeyTemplate
  | MultisigTemplate
  | { readonly kind: 'sh' | 'wsh'; readonly script: ScriptTemplate }
  | { readonly kind: 'tr'; readonly key: number; readonly tree: ScriptTree | null };

/** A script of one key. */
export interface KeyTemplate {
  readonly kind: 'pk' | 'pkh' | 'wpkh';
  readonly key: number;
}

/** A script of which so many keys must sign. */
export interface MultisigTemplate {
  readonly kind: 'multi';
  readonly required: number;
  readonly keys: readonly number[];
  /** Whether the script has the keys in the order of their bytes. */
  readonly isSorted: boolean;
}

/** The scripts of a Taproot output: one, or those of two branches. */
export type ScriptTree = LeafTemplate | { readonly kind: 'branches'; readonly of: readonly [ScriptTree, ScriptTree] };

/** A script of a tree, in its form for Taproot (BIP 342). */
export type LeafTemplate = KeyTemplate | MultisigTemplate;

/** The functions of a descriptor around a key: they say how the key is written in scripts. */
export type ScriptForm = 'pkh' | 'wpkh' | 'sh(wpkh)' | 'tr' | 'sh' | 'wsh' | 'sh(wsh)';
