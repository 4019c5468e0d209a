import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { HonestClient, type Question } from './honest.ts';

/** What a thread of honest clients is made with. */
export interface HonestCrowd {
  readonly url: string;
  readonly key: string;
  readonly questions: readonly Question[];
  readonly count: number;
}

/** What became of them. */
export interface HonestReport {
  readonly failures: readonly string[];
  /** How long each answer took to come, in milliseconds. */
  readonly times: readonly number[];
}

/** Of this thread alone: honest clients are elsewhere, and what they measure is not how long they wait for a processor here. */
const PRIORITY = constants.priority.PRIORITY_HIGH;
try {
  setPriority(0, PRIORITY);
} catch {
  // Only an administrator may: then the times are longer than they would be.
}

const { url, key, questions, count } = workerData as HonestCrowd;
const clients = Array.from({ length: count }, () => new HonestClient(url, key, questions));

parentPort!.once('message', async () => {
  for (const client of clients) await client.close();
  const report: HonestReport = {
    failures: clients.flatMap(({ failures }) => failures),
    times: clients.flatMap(({ times }) => times),
  };
  parentPort!.postMessage(report);
});
