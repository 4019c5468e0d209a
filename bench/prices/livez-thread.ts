import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';

/** From one request to the next, unless the answer takes longer. */
const INTERVAL_MS = 20;
const agent = new Agent({ keepAlive: true });
let asking: { url: string | null; done: Promise<number[]> } | null = null;

/** A URL starts repeated requests to it; null stops them, and the reply has the time of each, in milliseconds. */
parentPort!.on('message', async (url: string | null) => {
  if (url !== null) {
    const begun = { url, done: Promise.resolve<number[]>([]) };
    begun.done = askAgainAndAgain(begun);
    asking = begun;
    return;
  }
  asking!.url = null;
  parentPort!.postMessage(await asking!.done);
});

async function askAgainAndAgain(asked: { readonly url: string | null }): Promise<number[]> {
  const times: number[] = [];
  for (let { url } = asked; url !== null; url = asked.url) {
    const begun = performance.now();
    await answer(url);
    const took = performance.now() - begun;
    // Requests that were due meanwhile had to wait for the rest of the time.
    for (let rest = took; rest > 0; rest -= INTERVAL_MS) times.push(rest);
    await sleep(Math.max(0, INTERVAL_MS - took));
  }
  return times;
}

/** Resolves when the answer has arrived, or the connection has failed. */
function answer(url: string): Promise<void> {
  return new Promise((resolve) => {
    get(url, { agent }, (response) => response.resume().once('close', resolve)).on('error', () => resolve());
  });
}
