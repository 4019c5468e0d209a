import { CallClock } from './call-clock.ts';
import { unreachable } from './http.ts';
import { NodeAnswer } from './node-answer.ts';

/** What is asked, and within which bounds: a node is not trusted to keep any. */
export interface Question {
  /** As messages name it: a method, or a path. */
  readonly what: string;
  /** The longest answer, in bytes as they are read. */
  readonly maxBytes: number;
  /** How long the node may keep us waiting, in milliseconds. What may be very long has a second more for each 64 KB. */
  readonly timeoutMs: number;
  /** Each ends it, the reading of its answer too. A reason that is a BitqlError is what that fails with. */
  readonly signals?: readonly AbortSignal[];
}

/**
 * Asks for a path of the node. Redirects are not followed: the login is for this node.
 * @param at the node's address, which may have a path and a query of its own. They may be a secret: messages have its origin alone
 * @param path below that of the address, such as /rest/headers/x.bin?count=1; empty for the address itself
 * @returns the answer with its body unread, whatever its status
 * @throws NODE_UNREACHABLE, or the reason of a signal
 */
export async function request(
  at: URL,
  path: string,
  { what, maxBytes, timeoutMs, signals }: Question,
  init: RequestInit = {},
): Promise<NodeAnswer> {
  const clock = new CallClock(timeoutMs, signals);
  try {
    const response = await clock.wait(fetch(below(at, path), { ...init, redirect: 'manual', signal: clock.signal }));
    return new NodeAnswer(response, { origin: at.origin, what, maxBytes, clock });
  } catch (error) {
    clock[Symbol.dispose]();
    throw unreachable(at.origin, clock.signal.aborted ? clock.signal.reason : error);
  }
}

function below(at: URL, path: string): URL {
  if (path === '') return at;
  const [pathname = '', query = ''] = path.split('?');
  const url = new URL(at);
  url.pathname = at.pathname.replace(/\/$/, '') + pathname;
  url.search = [at.search.slice(1), query].filter((part) => part !== '').join('&');
  return url;
}
