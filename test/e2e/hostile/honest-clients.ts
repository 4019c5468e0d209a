import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { favour } from '../../support/favoured.ts';
import type { HonestCrowd, HonestReport } from './honest-process.ts';

const PROCESS = fileURLToPath(new URL('./honest-process.ts', import.meta.url));

/** Honest clients in a process of their own, so that what attackers do in this one does not hold up their clocks. */
export class HonestClients {
  readonly #process: ChildProcess;

  constructor(crowd: HonestCrowd) {
    this.#process = fork(PROCESS, { detached: true });
    favour(this.#process.pid!);
    this.#process.send(crowd);
  }

  async close(): Promise<HonestReport> {
    const told = once(this.#process, 'message');
    this.#process.send('close');
    const [report] = await told;
    await once(this.#process, 'exit');
    return report as HonestReport;
  }
}
