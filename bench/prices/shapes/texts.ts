/** @param field makes a field with an alias */
export function aliases(count: number, field: (alias: string) => string): string {
  return Array.from({ length: count }, (_, i) => field(`a${i}`)).join(' ');
}

export function nest(depth: number, before: string, inner: string, after: string): string {
  return before.repeat(depth) + inner + after.repeat(depth);
}

/** A list, and through the transaction of each of its members the list again. */
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

/** A text of about so many characters that nobody has seen yet. @param start with the word TURN in it */
export function filled(turn: number, parts: readonly [start: string, unit: string, end: string], length: number) {
  const [start, unit, end] = parts;
  const begin = start.replace('TURN', String(turn));
  return begin + unit.repeat(Math.floor((length - begin.length - end.length) / unit.length)) + end;
}

/** Names that no field has. */
export function unknownNames(length: number) {
  return (turn: number) => filled(turn, ['{ bTURN ', 'a ', '}'], length);
}

/** The same field over and over, each of which is held against each other, beside one that no type has. */
export function equalFields(length: number) {
  return (turn: number) => filled(turn, ['{ chain { xTURN ', 'tip { hash } ', '} }'], length);
}

/** A text that turns out not to be GraphQL only at its end. */
export function unclosed(length: number) {
  return (turn: number) => filled(turn, ['{ bTURN ', 'a ', '{'], length);
}
