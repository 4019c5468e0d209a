import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../chain/random.ts';

/** An action against a gateway, which is repeated. */
export type Attack = (target: Target) => Promise<unknown>;

/** How long an attacker waits for an answer that may never come, in milliseconds. */
const PATIENCE_MS = 5_000;
/** How much of an answer is kept: its beginning says enough. */
const MAX_KEPT = 64 * 1024;
const SOURCES = 50;

/** The answer that no caller may ever get: an unforeseen failure. */
const FORBIDDEN = /HTTP\/1\.1 500|INTERNAL_SERVER_ERROR/;

/** The gateway that attackers aim at, and the faults of its answers. */
export class Target {
  readonly url: string;
  readonly signal: AbortSignal;
  readonly random: Random;
  readonly faults: string[] = [];
  /** How often each attack got each answer. */
  readonly answers = new Map<string, number>();
  readonly #sockets = new Set<Socket>();

  constructor(url: string, seed: number, signal: AbortSignal) {
    this.url = url;
    this.random = new Random(seed);
    this.signal = signal;
  }

  get host(): string {
    return new URL(this.url).host;
  }

  /** Connections that attackers hold and do not want to end. */
  get openSockets(): number {
    return this.#sockets.size;
  }

  /** A header that says where a request comes from: one of many addresses, in any form. */
  source(): string {
    const n = this.random.below(SOURCES);
    const port = this.random.below(65_536);
    return this.pick([`203.0.113.${n}`, `203.0.113.${n}:${port}`, `[2001:db8:0:${n}::${port}]:${port}`, 'unknown']);
  }

  pick<T>(values: readonly T[]): T {
    return values[this.random.below(values.length)]!;
  }

  /** Notes an answer. @param sent shown with a fault */
  told(attack: string, outcome: string | number, answer: string, sent: string): void {
    const name = `${attack}: ${outcome}`;
    this.answers.set(name, (this.answers.get(name) ?? 0) + 1);
    if (FORBIDDEN.test(answer) || outcome === 500) this.fault(`${name}: ${answer.slice(0, 500)}`, sent);
  }

  /** Notes a fault. @param sent shown with it */
  fault(what: string, sent: string): void {
    if (this.faults.length < 20) this.faults.push(`${what} TO ${sent.slice(0, 1_000)}`);
  }

  /** Posts a body as GraphQL's clients do. */
  async post(attack: string, body: string, headers: Record<string, string> = {}): Promise<void> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': this.source(), ...headers },
      body,
      signal: this.signal,
    });
    const answer = await response.text();
    this.told(attack, response.status, answer, body);
    const standing = ['ratelimit-remaining', 'ratelimit-limit'].map((name) => response.headers.get(name));
    if (Number(standing[0]) > Number(standing[1]))
      this.fault(`${attack}: ${standing.join(' of ')} points are left`, body);
  }

  /** A connection that this target ends at the latest when it closes. */
  async connect(): Promise<Socket> {
    const { hostname, port } = new URL(this.url);
    const socket = connect(Number(port), hostname);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {}); // the gateway answers attackers by ending their connections
    await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
    return socket;
  }

  /**
   * Sends bytes over a separate connection and reads until it ends, or for a while.
   * @returns the beginning of the answer
   */
  async exchange(attack: string, pieces: readonly (string | Uint8Array)[]): Promise<string> {
    const socket = await this.connect();
    let answer = '';
    socket.on('data', (chunk) => {
      if (answer.length < MAX_KEPT) answer += chunk.toString('latin1');
    });
    for (const piece of pieces) socket.write(piece);
    socket.end();
    await this.untilClosed(socket);
    socket.destroy();
    const status = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? (answer === '' ? 'nothing' : 'something');
    this.told(attack, status, answer, pieces.map((piece) => String(piece)).join(''));
    return answer;
  }

  async untilClosed(socket: Socket, ms = PATIENCE_MS): Promise<void> {
    if (socket.closed) return;
    const over = new AbortController();
    socket.once('close', () => over.abort());
    await sleep(ms, undefined, { signal: AbortSignal.any([over.signal, this.signal]) }).catch(() => {});
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** Runs each attack with this many attackers at once, until the signal. @returns when all have stopped */
export async function attack(target: Target, attacks: readonly (readonly [workers: number, attack: Attack])[]) {
  const run = async (one: Attack) => {
    while (!target.signal.aborted) {
      await one(target).catch(async (error: unknown) => {
        if (target.signal.aborted) return;
        // An attacker that is disconnected comes again.
        target.told(one.name, (error as Error).name, '', '');
        await sleep(5, undefined, { signal: target.signal }).catch(() => {});
      });
    }
  };
  await Promise.all(attacks.flatMap(([workers, one]) => Array.from({ length: workers }, () => run(one))));
}
