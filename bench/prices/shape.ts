import type { Operation } from '../live/subscription.ts';
import type { Client, Reply } from './client.ts';

/** One form of a repeated request. */
export interface Shape {
  readonly name: string;
  /** Whether an honest client sends such requests. */
  readonly isHonest: boolean;
  /** @param turn the number of earlier requests, for texts that must be new */
  ask(client: Client, turn: number, signal: AbortSignal): Promise<Reply>;
}

/** The same request each time, or another one each time. */
type Made<T> = T | ((turn: number) => T);
type Queries = Readonly<Record<string, Made<string>>>;

/** The shapes of an honest client. @param queries by the names of their shapes */
export function honest(queries: Queries, variables?: Made<object>): Shape[] {
  return hostile(queries, variables).map((shape) => ({ ...shape, isHonest: true }));
}

/** The shapes of an attacker. */
export function hostile(queries: Queries, variables?: Made<object>): Shape[] {
  return shapesOf('', queries, (query) => async (client, turn, signal) => {
    return client.post(JSON.stringify(operationOf(query, variables, turn)), signal);
  });
}

/** Any posted body. */
export function bodies(made: Queries): Shape[] {
  return shapesOf('', made, (body) => async (client, turn, signal) => client.post(madeAt(body, turn), signal));
}

/** Requests for what a path names. @param headers of all of them */
export function byPath(isHonest: boolean, paths: Queries, headers: Readonly<Record<string, string>> = {}): Shape[] {
  const shapes = shapesOf('GET: ', paths, (path) => async (client, turn, signal) => {
    return client.get(madeAt(path, turn), headers, signal);
  });
  return shapes.map((shape) => ({ ...shape, isHonest }));
}

/** As server-sent events. @param events the number after which the subscriber disconnects; 0: when the answer begins */
export function byEvents(events: number, queries: Queries, variables?: Made<object>): Shape[] {
  return shapesOf('SSE: ', queries, (query) => async (client, turn, signal) => {
    return client.events(operationOf(query, variables, turn), events, signal);
  });
}

/** Over a WebSocket that stays open. @param events the number after which the subscriber ends, at least one */
export function bySocket(events: number, queries: Queries, variables?: Made<object>): Shape[] {
  return shapesOf('WebSocket: ', queries, (query) => async (client, turn, signal) => {
    return client.socket(operationOf(query, variables, turn), events, signal);
  });
}

function shapesOf(prefix: string, made: Queries, asking: (text: Made<string>) => Shape['ask']): Shape[] {
  return Object.entries(made).map(([name, text]) => ({ name: prefix + name, isHonest: false, ask: asking(text) }));
}

function operationOf(query: Made<string>, variables: Made<object> | undefined, turn: number): Operation {
  const text = madeAt(query, turn);
  return variables === undefined ? { query: text } : { query: text, variables: madeAt(variables, turn) };
}

function madeAt<T extends string | object>(made: Made<T>, turn: number): T {
  return typeof made === 'function' ? made(turn) : made;
}
