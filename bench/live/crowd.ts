import { GraphqlSocket } from './graphql-socket.ts';
import { Sightings } from './sightings.ts';
import { dataBeginningWith, paymentTo, type Result, SUBSCRIPTION, toldBy, type Wish } from './subscription.ts';

/** Subscribers that are told of one transaction. */
export const TOLD = 10;

/** Ten wishes that one transaction can fulfil together. */
export const DIFFERENT = Array.from({ length: TOLD }, (_, n) => paymentTo(`one of ten, ${n}`));
/** One wish that ten subscribers have. */
export const SAME = paymentTo('all ten');

/** What the members of a crowd wish for: the first ten one thing each, the next ten the same, all others what nobody sends. */
export function wishOf(member: number): Wish {
  if (member < TOLD) return DIFFERENT[member]!;
  if (member < 2 * TOLD) return SAME;
  const name = `${member}`.padStart(8, '0');
  return member % 2 === 0 ? paymentTo(name) : dataBeginningWith(name);
}

/** Members from the first to the last but one. */
export function members(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, n) => first + n);
}

function connectionsOf(size: number, perConnection: number): number[][] {
  const connections = members(0, Math.min(2 * TOLD, size)).map((member) => [member]);
  for (let first = 2 * TOLD; first < size; first += perConnection) {
    connections.push(members(first, Math.min(first + perConnection, size)));
  }
  return connections;
}

/** Some or many subscribers of one gateway, over WebSockets. */
export class Crowd implements Disposable {
  readonly size: number;
  readonly #sockets: GraphqlSocket[] = [];
  /** Who was told what, in order. */
  readonly #told = new Map<string, number[]>();
  readonly #expected = new Map<string, readonly number[]>();
  readonly #firsts: Sightings;
  readonly #lasts: Sightings;

  private constructor(size: number) {
    this.size = size;
    this.#firsts = new Sightings(`The first of ${size} subscribers`);
    this.#lasts = new Sightings(`The last of ${size} subscribers`);
  }

  /**
   * Resolves when the gateway has taken all subscriptions.
   * @param url of its endpoint
   * @param perConnection those of whom nothing is measured share connections
   */
  static async gather(url: string, size: number, perConnection: number): Promise<Crowd> {
    const crowd = new Crowd(size);
    for (const together of connectionsOf(size, perConnection)) {
      const socket = await GraphqlSocket.open(url);
      crowd.#sockets.push(socket);
      for (const member of together) {
        const { filter } = wishOf(member);
        socket.subscribe({ query: SUBSCRIPTION, variables: { filter } }, (result) => crowd.#note(member, result));
      }
      // Nothing answers a subscription, but this is answered behind them.
      await socket.ask({ query: '{ chain { tip { height } } }' });
    }
    return crowd;
  }

  /**
   * Says who is to be told of a transaction that is about to be sent.
   * @returns when the first and the last of them were
   */
  expect(txid: string, expected: readonly number[]): [first: Promise<number>, last: Promise<number>] {
    const name = `ACCEPTED ${txid}`;
    this.#expected.set(name, expected);
    return [this.#firsts.of(name), this.#lasts.of(name)];
  }

  /** @throws where somebody was told what was not for them, or twice, or not at all */
  check(): void {
    for (const [name, told] of this.#told) {
      const expected = this.#expected.get(name) ?? [];
      if (told.toSorted((a, b) => a - b).join() === expected.join()) continue;
      throw new Error(`of ${this.size} subscribers, ${expected} were to be told "${name}", but ${told} were`);
    }
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket[Symbol.dispose]();
  }

  #note(member: number, result: Result): void {
    const at = performance.now();
    const name = toldBy(result);
    const told = this.#told.get(name) ?? [];
    this.#told.set(name, told);
    told.push(member);
    this.#firsts.note(name, at);
    if (told.length === this.#expected.get(name)?.length) this.#lasts.note(name, at);
  }
}
