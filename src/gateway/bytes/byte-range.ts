/** A part of some bytes: from the first to before the last. */
export interface BytesPart {
  readonly from: number;
  readonly to: number;
}

/**
 * The part that a `Range` header asks for (RFC 9110, 14): null for all bytes, which is also the answer to several ranges at once and
 * to what is no range of bytes; 'unsatisfiable' if nothing is there.
 */
export function rangeOf(header: string | undefined, length: number): BytesPart | 'unsatisfiable' | null {
  const found = /^bytes=(\d*)-(\d*)$/.exec(header?.replaceAll(' ', '') ?? '');
  const [, first = '', last = ''] = found ?? [];
  if (first === '' && last === '') return null;
  if (first === '')
    return Number(last) === 0 || length === 0
      ? 'unsatisfiable'
      : { from: Math.max(0, length - Number(last)), to: length };
  const from = Number(first);
  if (last !== '' && Number(last) < from) return null;
  if (from >= length) return 'unsatisfiable';
  return { from, to: last === '' ? length : Math.min(length, Number(last) + 1) };
}

/** Whether an `If-None-Match` header names what the client would get. */
export function matchesTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === tag);
}
