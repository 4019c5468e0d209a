import type { IndexingProgress } from '../indexer/progress.ts';
import { counted } from '../src/counted.ts';
import type { WriterProgress } from '../src/store/state.ts';
import type { Terminal } from './terminal.ts';

/** How often a log gets a line. A log keeps all lines, so they are few. */
const LINE_INTERVAL_MS = 10_000;

/** Shows how far indexing is: in place on a terminal, else in a line of the log every 10 seconds and at the tip. */
export class ProgressReport {
  readonly #terminal: Terminal;
  readonly #log: { info(message: string): void };
  #lastLineAt = Number.NEGATIVE_INFINITY;

  constructor(terminal: Terminal, log: { info(message: string): void }) {
    this.#terminal = terminal;
    this.#log = log;
  }

  show(progress: IndexingProgress, now = performance.now()): void {
    const line = progressLine(progress);
    if (this.#terminal.isInteractive) {
      this.#terminal.status(line);
    } else if (isComplete(progress) || now - this.#lastLineAt >= LINE_INTERVAL_MS) {
      this.#lastLineAt = now;
      this.#log.info(line);
    }
  }
}

/** The position, the speed and the remaining time of indexing; only the height at the tip with all history. */
export function progressLine(progress: IndexingProgress): string {
  const { height, target, lowest, start, blocksToFill } = progress;
  if (height !== null && isComplete(progress)) return `At the tip: block ${grouped(height)}.`;
  const isAtTip = height !== null && height >= target;
  if (isAtTip && lowest === start) {
    return `At the tip: block ${grouped(height)}; kinds of postings are added to ${counted(blocksToFill, 'older block', grouped(blocksToFill))}.`;
  }
  const place = isAtTip
    ? `At the tip (${grouped(height)}), history from block ${grouped(lowest ?? height)} down to ${grouped(start)}`
    : `Block ${grouped(height ?? start)} of ${grouped(target)}`;
  return `${place}, ${speed(progress)}`;
}

/** The rate, the number of transactions that are left, and the time that they take. */
export function speed({ transactionsPerSecond, transactionsLeft, secondsLeft }: WriterProgress): string {
  const left =
    transactionsLeft === null ? '' : `, ${counted(transactionsLeft, 'transaction', grouped(transactionsLeft))} left`;
  const time = secondsLeft === null ? '' : ` (${duration(secondsLeft)})`;
  return `${grouped(transactionsPerSecond)} tx/s${left}${time}`;
}

function isComplete({ height, target, lowest, start, blocksToFill }: IndexingProgress): boolean {
  return height !== null && height >= target && lowest === start && blocksToFill === 0;
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
