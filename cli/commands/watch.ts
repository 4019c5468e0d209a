import { endpointOf } from '../../src/client/ask.ts';
import { Feed } from '../../src/client/feed.ts';
import { Refusal, type ResultError } from '../../src/client/result.ts';
import type { ValuesOf } from '../../src/settings/option.ts';
import { defineCommand, programName } from '../command.ts';
import { noGateway } from '../graphql-options.ts';
import { StopRequest } from '../stop.ts';
import { styled, type Terminal } from '../terminal.ts';
import { eventLine } from '../watch/description.ts';
import { WATCH_OPTIONS } from '../watch/options.ts';
import { chosenSubject, type WatchSubject } from '../watch/subject.ts';

type WatchOptions = ValuesOf<typeof WATCH_OPTIONS>;

/** A gateway sends something at least every 15 s. */
const SILENCE_MS = 40_000;

export const watch = defineCommand({
  name: 'watch',
  summary: 'Prints events of transactions, addresses and blocks.',
  description:
    'Subscribes to a gateway and prints one event per line, for people or as JSON. It watches all ' +
    'transactions, or those that one of the flags selects, or a GraphQL subscription ("-": from standard input), whose events ' +
    'are printed as JSON. If the connection breaks, it connects again and continues, without a gap or a ' +
    'repetition. Ctrl-C ends it with code 0 and prints the cursor to continue from.',
  argument: { placeholder: 'SUBSCRIPTION', required: false },
  examples: [
    ['bitql watch', 'Watches all transactions, when the node accepts them and when blocks confirm them.'],
    [
      'bitql watch --address 1BoatSLRHtKNngkdXEeobR76b53LETtpyT',
      'Watches what an address receives and spends from now on. Use your own address.',
    ],
    ['bitql watch --data hello --json', 'Prints new data outputs that start with a text, for a program.'],
    ['bitql watch --blocks --count 1', 'Waits for the next block.'],
    ["bitql watch 'subscription { blocks { block { height } } }'", 'Watches your own subscription.'],
  ],
  options: WATCH_OPTIONS,
  async run({ options, argument, terminal }) {
    const subject = await chosenSubject(options, argument);
    using stop = new StopRequest(() => {});
    const feed = new Feed({
      endpoint: endpointOf(options.endpoint, options.key),
      noGateway,
      request: subject.request,
      after: options.after,
      silenceMs: SILENCE_MS,
      note: (text) => terminal.note(text),
    });
    try {
      const { json, count } = options;
      const printing = { describe: json ? null : subject.describe, count };
      await print(feed, printing, terminal, AbortSignal.any([stop.signal, terminal.unread]));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      for (const refused of error.errors) noteError(refused, terminal);
      if (error.isOfPlace && options.after !== null && feed.hasReceived)
        terminal.note('Start it again without --after: then it prints what happens from then on.');
      return 1;
    }
    if (stop.signal.aborted && feed.place !== null)
      terminal.note(`Continue with: ${programName()} watch ... --after ${feed.place}`);
    return 0;
  },
});

/** Prints events until there are enough, or until the signal. */
async function print(
  feed: Feed,
  { describe, count }: Pick<WatchSubject, 'describe'> & Pick<WatchOptions, 'count'>,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  let left = count ?? Number.POSITIVE_INFINITY;
  for await (const { event, errors } of feed.results(signal)) {
    for (const error of errors) noteError(error, terminal);
    const description = event === null ? null : describe?.(event);
    if (description === null) continue;
    terminal.print(description === undefined ? JSON.stringify(event) : eventLine(description, new Date()));
    left -= 1;
    if (left === 0) return;
    await terminal.taken(signal);
  }
}

function noteError({ message, code }: ResultError, terminal: Terminal): void {
  const text = code === undefined ? message : `${message} (${code})`;
  terminal.note([styled('red', 'error'), ` ${text}`]);
}
