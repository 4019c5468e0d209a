import type { Progress } from '../../indexer/progress.ts';
import type { Terminal } from './terminal.ts';

/** Where lines go that are no terminal's: a log keeps them all, so they are few. */
const LINE_INTERVAL_MS = 10_000;

/** Tells how far indexing is: in place on a terminal, else in a line now and then and at the tip. */
export class ProgressReport {
  readonly #terminal: Terminal;
  readonly #log: { info(message: string): void };
  #lastLineAt = Number.NEGATIVE_INFINITY;

  constructor(terminal: Terminal, log: { info(message: string): void }) {
    this.#terminal = terminal;
    this.#log = log;
  }

  show(progress: Progress, now = performance.now()): void {
    const line = progressLine(progress);
    if (this.#terminal.isInteractive) {
      this.#terminal.status(line);
    } else if (progress.height === progress.target || now - this.#lastLineAt >= LINE_INTERVAL_MS) {
      this.#lastLineAt = now;
      this.#log.info(line);
    }
  }
}

/** Height, share, rate and time left; at the tip, only the height. */
export function progressLine({ height, target, transactionsPerSecond, secondsLeft }: Progress): string {
  if (height >= target) return `At the tip: block ${grouped(height)}.`;
  const share = ((100 * height) / target).toFixed(1);
  const left = secondsLeft === null ? '' : `, ${duration(secondsLeft)} left`;
  return `Block ${grouped(height)} of ${grouped(target)} (${share} %), ${grouped(transactionsPerSecond)} tx/s${left}`;
}

/** A duration in its two largest units. */
export function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (days > 0) return `${days} d ${hours % 24} h`;
  if (hours > 0) return `${hours} h ${minutes % 60} min`;
  if (minutes > 0) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.ceil(seconds)} s`;
}

function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
