import { mistaken } from './mistake.ts';

/** A part of a descriptor (BIP 380, BIP 386). */
export type Expression =
  | { readonly kind: 'text'; readonly text: string }
  /** A function of other parts, such as wsh(...). */
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  /** Two branches of a tree of scripts: {TREE,TREE}. */
  | { readonly kind: 'branches'; readonly of: readonly Expression[] };

/** No script with so few keys is nested deeper. */
const MAX_DEPTH = 32;

/** Takes a descriptor without its checksum apart, by its brackets and commas alone. @throws BAD_DESCRIPTOR */
export function parseExpression(text: string): Expression {
  const reader = new ExpressionReader(text);
  const expression = reader.next(0);
  if (!reader.isAtEnd) throw mistaken('The descriptor goes on behind its last bracket.');
  return expression;
}

class ExpressionReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }

  next(depth: number): Expression {
    if (depth > MAX_DEPTH) throw mistaken(`The brackets of the descriptor are nested more than ${MAX_DEPTH} deep.`);
    if (this.#takes('{')) return { kind: 'branches', of: this.#list('}', depth) };
    const from = this.#at;
    while (!this.isAtEnd && !'(){},'.includes(this.#text[this.#at]!)) this.#at += 1;
    const text = this.#text.slice(from, this.#at);
    return this.#takes('(') ? { kind: 'call', name: text, args: this.#list(')', depth) } : { kind: 'text', text };
  }

  #list(end: string, depth: number): Expression[] {
    const parts = [this.next(depth + 1)];
    while (this.#takes(',')) parts.push(this.next(depth + 1));
    if (!this.#takes(end))
      throw mistaken(this.isAtEnd ? 'A closing bracket is missing.' : 'The brackets of the descriptor do not match.');
    return parts;
  }

  #takes(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }
}
