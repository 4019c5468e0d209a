import { GraphqlSocket } from './graphql-socket.ts';
import { Sightings } from './sightings.ts';
import { dataBeginningWith, paymentTo, type Result, SUBSCRIPTION, toldBy, type Wish } from './subscription.ts';

/** The number of subscribers that receive one transaction. */
export const TOLD = 10;

/** Ten wishes that one transaction can fulfil together. */
export const DIFFERENT = Array.from({ length: TOLD }, (_, n) => paymentTo(`one of ten, ${n}`));
/** One wish that ten subscribers have. */
export const SAME = paymentTo('all ten');

/** The wishes of a crowd's members: the first ten have one each, the next ten share one, and nobody fulfils those of the others. */
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
  /** The members that received each event, in order. */
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
   * Resolves when the gateway has accepted all subscriptions.
   * @param url of its endpoint
   * @param perConnection subscribers that share a connection, if they are not measured
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
      // A subscription gets no answer, but this query is answered after them.
      await socket.ask({ query: '{ chain { tip { height } } }' });
    }
    return crowd;
  }

  /**
   * Sets the members that should receive a transaction that is about to be sent.
   * @returns when the first and the last of them received it
   */
  expect(txid: string, expected: readonly number[]): [first: Promise<number>, last: Promise<number>] {
    const name = `ACCEPTED ${txid}`;
    this.#expected.set(name, expected);
    return [this.#firsts.of(name), this.#lasts.of(name)];
  }

  /** @throws if a member received something that was not for it, or twice, or not at all */
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
