/** @param field makes a field with an alias */
export function aliases(count: number, field: (alias: string) => string): string {
  return Array.from({ length: count }, (_, i) => field(`a${i}`)).join(' ');
}

export function nest(depth: number, before: string, inner: string, after: string): string {
  return before.repeat(depth) + inner + after.repeat(depth);
}

/** A list, and the same list again through the transaction of each of its members. */
export function through(list: string, levels: number, inner: string): string {
  return nest(levels - 1, `${list} { transaction { `, `${list} { ${inner} }`, ' } }');
}

/** Fields of one transaction. */
export function of(txid: string, inner: string): string {
  return `{ transaction(txid: "${txid}") { ${inner} } }`;
}

/** An id that no transaction has. */
export function unknownTxid(turn: number, salt: string | number): string {
  return Buffer.from(`${turn} ${salt}`).toString('hex').padEnd(64, '0');
}

/** A new text of about so many characters. @param start contains the word TURN */
export function filled(turn: number, parts: readonly [start: string, unit: string, end: string], length: number) {
  const [start, unit, end] = parts;
  const begin = start.replace('TURN', String(turn));
  return begin + unit.repeat(Math.floor((length - begin.length - end.length) / unit.length)) + end;
}

/** Names that no field has. */
export function unknownNames(length: number) {
  return (turn: number) => filled(turn, ['{ bTURN ', 'a ', '}'], length);
}

/** The same field many times, each compared with every other, beside an unknown one. */
export function equalFields(length: number) {
  return (turn: number) => filled(turn, ['{ chain { xTURN ', 'tip { hash } ', '} }'], length);
}

/** A text that is invalid GraphQL only at its end. */
export function unclosed(length: number) {
  return (turn: number) => filled(turn, ['{ bTURN ', 'a ', '{'], length);
}
