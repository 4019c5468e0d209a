import type { Network } from '../chain/networks.ts';
import type { Expression } from './expression.ts';
import { type KeyChain, parseKeyChains } from './key-chain.ts';
import { mistaken } from './mistake.ts';
import type { ScriptForm, ScriptTemplate, ScriptTree } from './script-template.ts';

/** Where a function of a descriptor is: at the top, in other functions, or in the tree of `tr`. */
type Surroundings = 'top' | 'sh' | 'wsh' | 'sh(wsh)' | 'tr';

/** What a function is at each place where it may be: the form of its keys. */
type Forms = Readonly<Partial<Record<Surroundings, ScriptForm>>>;

const IN_SCRIPTS: Forms = { sh: 'sh', wsh: 'wsh', 'sh(wsh)': 'sh(wsh)' };

const FUNCTIONS: Readonly<Record<string, Forms>> = {
  pk: { ...IN_SCRIPTS, tr: 'tr' },
  pkh: { ...IN_SCRIPTS, top: 'pkh' },
  wpkh: { top: 'wpkh', sh: 'sh(wpkh)' },
  sh: { top: 'sh' },
  wsh: { top: 'wsh', sh: 'sh(wsh)' },
  tr: { top: 'tr' },
  multi: IN_SCRIPTS,
  sortedmulti: IN_SCRIPTS,
  multi_a: { tr: 'tr' },
  sortedmulti_a: { tr: 'tr' },
};

const SUPPORTED =
  'Supported are pkh(KEY), wpkh(KEY), sh(wpkh(KEY)), tr(KEY) and tr(KEY,TREE); and in sh(...), wsh(...) and sh(wsh(...)): pk(KEY), pkh(KEY), ' +
  'multi(NUMBER,KEY,...) and sortedmulti(NUMBER,KEY,...). A TREE has pk, multi_a and sortedmulti_a.';

const NO_ADDRESS =
  'has no address, and a wallet is a list of addresses. Look for its outputs by their locking script: `outputs(filter: { lockingScript: { equals: ... } })`.';

/** What to do instead of a function that is not supported. */
const INSTEAD: Readonly<Record<string, string>> = {
  pk: `pk(KEY) by itself ${NO_ADDRESS}`,
  multi: `multi(...) by itself ${NO_ADDRESS}`,
  sortedmulti: `sortedmulti(...) by itself ${NO_ADDRESS}`,
  raw: `raw(SCRIPT) ${NO_ADDRESS}`,
  combo:
    'combo(KEY) stands for several kinds of scripts: ask for pkh(KEY), wpkh(KEY) and sh(wpkh(KEY)), one after another.',
  addr: 'addr(ADDRESS) is one address: ask for `address` or `addresses`.',
};

/** The most keys of a descriptor: multi and sortedmulti take no more (BIP 383). */
const MAX_KEYS = 20;
/** The most bytes of a script that sh(...) pays to (BIP 16). */
const MAX_REDEEM_SCRIPT = 520;

/** @throws BAD_DESCRIPTOR if a network has no scripts of a form */
export function requireForm(form: ScriptForm, { segwit, id }: Network): void {
  if (form === 'pkh' || form === 'sh' || segwit) return;
  throw mistaken(
    `There is no ${form} on ${id}: give pkh(KEY) or sh(multi(...)), or an extended public key that begins with xpub or tpub.`,
  );
}

/** Parses the scripts of one descriptor, and collects their keys. */
export class ScriptParser {
  /** The chains of each key, in the order of the descriptor. */
  readonly keys: KeyChain[][] = [];
  readonly #network: Network;

  constructor(network: Network) {
    this.#network = network;
  }

  /** @throws BAD_DESCRIPTOR */
  parse(expression: Expression, place: Surroundings): ScriptTemplate {
    const { name, args, form } = this.#functionAt(expression, place);
    switch (name) {
      case 'pk':
      case 'pkh':
      case 'wpkh':
        return { kind: name, key: this.#key(only(args), form) };
      case 'sh':
      case 'wsh':
        return { kind: name, script: this.parse(only(args), form as Surroundings) };
      case 'tr':
        return this.#taproot(args);
      default:
        return this.#multisig(name.startsWith('sorted'), args, form);
    }
  }

  /** @throws BAD_DESCRIPTOR if this is no function that may be at this place */
  #functionAt(expression: Expression, place: Surroundings) {
    if (expression.kind !== 'call') throw mistaken(`${withoutFunction(expression, place)} ${SUPPORTED}`);
    const { name, args } = expression;
    const form = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name]![place] : undefined;
    if (form === undefined) {
      const instead = place === 'top' && Object.hasOwn(INSTEAD, name) ? `${INSTEAD[name]} ` : '';
      throw mistaken(`${instead || `This descriptor has a function that is not supported at its place. `}${SUPPORTED}`);
    }
    requireForm(form, this.#network);
    return { name, args, form };
  }

  #key(expression: Expression, form: ScriptForm): number {
    if (expression.kind !== 'text') throw mistaken('The descriptor has a function at a place where only a key may be.');
    if (this.keys.length === MAX_KEYS) throw mistaken(`The descriptor has more than ${MAX_KEYS} keys.`);
    return this.keys.push(parseKeyChains(expression.text, form, this.#network)) - 1;
  }

  #multisig(isSorted: boolean, [number, ...args]: readonly Expression[], form: ScriptForm): ScriptTemplate {
    const required = number?.kind === 'text' && /^[1-9][0-9]?$/.test(number.text) ? Number(number.text) : 0;
    if (required < 1 || required > args.length) {
      throw mistaken(
        'The first argument of a multisig is how many of its keys must sign: from 1 to as many as there are.',
      );
    }
    const keys = args.map((key) => this.#key(key, form));
    if (form === 'sh') this.#requireShort(keys);
    return { kind: 'multi', required, keys, isSorted };
  }

  #requireShort(keys: readonly number[]): void {
    const lengths = keys.map((key) => {
      const [chain] = this.keys[key]!;
      return 1 + (chain!.kind === 'fixed' ? chain!.publicKey.length : 33);
    });
    // Besides the keys it has two numbers and the operation.
    if (3 + lengths.reduce((sum, length) => sum + length, 0) > MAX_REDEEM_SCRIPT) {
      throw mistaken(
        `The script in sh(...) is longer than ${MAX_REDEEM_SCRIPT} bytes: it may have 15 keys of 33 bytes, or 7 of 65. wsh(...) may have ${MAX_KEYS} keys.`,
      );
    }
  }

  #taproot([internal, tree, ...others]: readonly Expression[]): ScriptTemplate {
    if (others.length > 0) throw mistaken('tr(KEY,TREE) has one tree: several scripts are written as {SCRIPT,SCRIPT}.');
    const key = this.#key(internal!, 'tr');
    return { kind: 'tr', key, tree: tree === undefined ? null : this.#tree(tree) };
  }

  #tree(expression: Expression): ScriptTree {
    if (expression.kind !== 'branches') return this.parse(expression, 'tr') as Extract<ScriptTemplate, ScriptTree>;
    const [left, right, ...others] = expression.of;
    if (right === undefined || others.length > 0) throw mistaken('Each pair of braces has two branches: {TREE,TREE}.');
    return { kind: 'branches', of: [this.#tree(left!), this.#tree(right)] };
  }
}

/** What is wrong where a function must be, and what to do. */
function withoutFunction(expression: Expression, place: Surroundings): string {
  if (place !== 'top' || expression.kind !== 'text') return 'The descriptor has no function where one must be.';
  if (/^[a-zA-Z]pub/.test(expression.text)) {
    return 'This is an extended public key by itself: give it as `xpub`, or within a function.';
  }
  return 'This has no function with a key in it: for addresses, ask for `address` or `addresses`.';
}

function only([argument, ...others]: readonly Expression[]): Expression {
  if (others.length > 0) throw mistaken('A function of the descriptor has several arguments where it takes one.');
  return argument!;
}
