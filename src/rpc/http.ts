import { BitqlError } from '../errors.ts';

/** How messages name the node at an origin such as http://127.0.0.1:8332. */
export function nodeAt(origin: string): string {
  return `bitcoind at ${origin}`;
}

/**
 * `fetch` of a path of the node. Its failures, and those of reading a body, are told by `unreachable`.
 * @throws NODE_UNREACHABLE
 */
export async function request(origin: string, path: string, init?: RequestInit): Promise<Response> {
  try {
    return await fetch(`${origin}${path}`, init);
  } catch (error) {
    throw unreachable(origin, error);
  }
}

/** @throws NODE_UNREACHABLE also where the connection is cut in the middle */
export async function readBytes(response: Response, origin: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw unreachable(origin, error);
  }
}

/** @param error what `fetch` threw, or reading a body that it gave */
export function unreachable(origin: string, error: unknown): BitqlError {
  const { code, message } = ((error as Error).cause ?? error) as { code?: unknown; message?: unknown };
  const reason = typeof code === 'string' ? `${code}: ${String(message)}` : String(message);
  return new BitqlError('NODE_UNREACHABLE', `${nodeAt(origin)} does not answer (${reason}).`, error);
}

export function pruned(node: string, cause?: unknown): BitqlError {
  return new BitqlError(
    'NODE_PRUNED',
    `${node} has pruned a block that is needed: start the index higher up (--from) in a new store, or use a node that keeps its blocks.`,
    cause,
  );
}
