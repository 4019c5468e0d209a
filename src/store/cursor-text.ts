import { BitqlError } from '../errors.ts';

/**
 * The two kinds of cursors, which differ in length. The first byte is the version of the layout. `page` is in
 * src/query/cursor.ts, `event` in src/live/live-event.ts.
 */
export const CURSOR_FORMS = {
  page: { version: 4, length: 66 },
  event: { version: 2, length: 23 },
} as const;

type CursorKind = keyof typeof CURSOR_FORMS;

/** The messages for a cursor of one kind in the place of the other. */
const MISPLACED: Readonly<Record<CursorKind, string>> = {
  page:
    'This is the cursor of a page: give it as `after` or `before` of the list that returned it. ' +
    'A subscription takes the `cursor` of an event, or of `chain { cursor }`.',
  event:
    'This is the cursor of an event: give it as `after` of a subscription. ' +
    'A list takes a cursor that one of its own pages returned, such as `pageInfo { endCursor }`.',
};

/**
 * The bytes of a cursor of one kind.
 * @throws BAD_CURSOR, which names the kind if it is the other one
 */
export function cursorBytes(text: string, kind: CursorKind): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.toString('base64url') !== text) throw notCursor();
  if (isForm(bytes, kind)) return bytes;
  const other = kind === 'page' ? 'event' : 'page';
  throw isForm(bytes, other) ? new BitqlError('BAD_CURSOR', MISPLACED[other]) : notCursor();
}

/** The error for a text that is not a valid cursor. */
export function notCursor(): BitqlError {
  return new BitqlError(
    'BAD_CURSOR',
    'This is not a cursor, or it was changed, or returned by another version of BitQL: give one exactly as it was returned, ' +
      'or none to start from the beginning.',
  );
}

function isForm(bytes: Buffer, kind: CursorKind): boolean {
  const { version, length } = CURSOR_FORMS[kind];
  return bytes.length === length && bytes[0] === version;
}
