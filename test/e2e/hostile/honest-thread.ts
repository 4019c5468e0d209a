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
