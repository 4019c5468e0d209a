import { BitqlError } from '../errors.ts';
import { requestFailure, wrongAddress } from '../failures/network.ts';

/** How messages name the node at an origin such as http://127.0.0.1:8332. */
export function nodeAt(origin: string): string {
  return `bitcoind at ${origin}`;
}

/** Shorter parts of a path tell nothing. */
const SECRET_LENGTH = 8;

/** What a server says, without parts of the path and the query that it was asked at: they may be a secret, and pages repeat them. */
export function withoutSecrets(text: string, { pathname, searchParams }: URL): string {
  const parts = [...pathname.split('/'), ...searchParams.keys(), ...searchParams.values()];
  const secrets = parts.filter(({ length }) => length >= SECRET_LENGTH);
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
}

/** @param error what `fetch` threw, or reading a body that it gave; an error of ours stays as it is */
export function unreachable(origin: string, error: unknown): BitqlError {
  if (error instanceof BitqlError) return error;
  const why = requestFailure(error);
  const message =
    wrongAddress(error) === null
      ? `${nodeAt(origin)} does not answer: ${why}. Is it running, with -server?`
      : `${nodeAt(origin)} cannot be reached: ${why}.`;
  return new BitqlError('NODE_UNREACHABLE', message, error);
}

/** What `fetch` says of a connection that the other side ended. */
const CUT = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH']);

/** Whether it is what `unreachable` makes of a connection that was cut: the node may well be there. */
export function isCut(error: unknown): boolean {
  if (!(error instanceof BitqlError) || error.code !== 'NODE_UNREACHABLE') return false;
  const cause = (error.cause ?? {}) as { code?: unknown; cause?: { code?: unknown } };
  return CUT.has(String(cause.cause?.code ?? cause.code));
}
