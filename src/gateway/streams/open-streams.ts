import type { ResultStream } from './result-stream.ts';

/** Clients send back what they are pinged with: of more subscriptions, none is told its cursor. */
const MAX_CURSORS = 10;

/** The subscriptions of one WebSocket, by the ids of their operations. */
export class OpenStreams {
  readonly #streams = new Map<string, ResultStream>();

  add(id: string, stream: ResultStream): void {
    this.#streams.set(id, stream);
    stream.onEnd(() => {
      if (this.#streams.get(id) === stream) this.#streams.delete(id);
    });
  }

  /**
   * The message by which the protocol asks whether a client is there. It tells up to where each subscription has been told all, and of
   * a single one without its id, too; null where there is none.
   */
  ping(): string | null {
    if (this.#streams.size === 0) return null;
    const known = [...this.#streams]
      .map(([id, { cursor }]) => [id, cursor] as const)
      .filter(([, cursor]) => cursor !== null);
    const cursors = Object.fromEntries(this.#streams.size > MAX_CURSORS ? [] : known);
    const [[, cursor] = []] = this.#streams.size === 1 ? known : [];
    return JSON.stringify({ type: 'ping', payload: { cursor, cursors } });
  }
}
