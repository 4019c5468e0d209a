import { HonestClient, type Question } from './honest.ts';

/** The first message to a process of honest clients. */
export interface HonestCrowd {
  readonly url: string;
  readonly key: string;
  readonly questions: readonly Question[];
  readonly count: number;
}

/** Their results, which the process reports when it must stop. */
export interface HonestReport {
  readonly failures: readonly string[];
  /** The time until each answer came, in milliseconds. */
  readonly times: readonly number[];
}

process.once('message', ({ url, key, questions, count }: HonestCrowd) => {
  const clients = Array.from({ length: count }, () => new HonestClient(url, key, questions));
  process.once('message', async () => {
    await Promise.all(clients.map((client) => client.close()));
    const report: HonestReport = {
      failures: clients.flatMap(({ failures }) => failures),
      times: clients.flatMap(({ times }) => times),
    };
    process.send!(report, () => process.disconnect());
  });
});
process.once('disconnect', () => process.exit());
