import { BitqlError } from '../errors.ts';
import { wrongAddress } from '../wrong-address.ts';

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
  const wrong = wrongAddress(error);
  if (wrong !== null) {
    return new BitqlError('NODE_UNREACHABLE', `${nodeAt(origin)} cannot be reached: ${wrong.cure}.`, error);
  }
  const { code, message } = ((error as Error).cause ?? error) as { code?: unknown; message?: unknown };
  const reason = typeof code === 'string' ? code : String(message);
  return new BitqlError(
    'NODE_UNREACHABLE',
    `${nodeAt(origin)} does not answer (${reason}): is it running, with -server?`,
    error,
  );
}

export function pruned(node: string, cause?: unknown): BitqlError {
  return new BitqlError(
    'NODE_PRUNED',
    `${node} has pruned a block that is needed: start the index higher up (--from) in a new store, or use a node that keeps its blocks.`,
    cause,
  );
}
