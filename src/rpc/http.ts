import { BitqlError } from '../errors.ts';

/** How messages name the node at an origin such as http://127.0.0.1:8332. */
export function nodeAt(origin: string): string {
  return `bitcoind at ${origin}`;
}

/** @param error what `fetch` threw, or reading a body that it gave; an error of ours stays as it is */
export function unreachable(origin: string, error: unknown): BitqlError {
  if (error instanceof BitqlError) return error;
  const { code, message } = ((error as Error).cause ?? error) as { code?: unknown; message?: unknown };
  const reason = typeof code === 'string' ? code : String(message);
  return new BitqlError(
    'NODE_UNREACHABLE',
    `${nodeAt(origin)} does not answer (${reason}): is it running, with -server?`,
    error,
  );
}

/** What `fetch` says of a connection that the other side ended. */
const CUT = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH']);

/** Whether it is what `unreachable` makes of a connection that was cut: the node may well be there. */
export function isCut(error: unknown): boolean {
  if (!(error instanceof BitqlError) || error.code !== 'NODE_UNREACHABLE') return false;
  const cause = (error.cause ?? {}) as { code?: unknown; cause?: { code?: unknown } };
  return CUT.has(String(cause.cause?.code ?? cause.code));
}
