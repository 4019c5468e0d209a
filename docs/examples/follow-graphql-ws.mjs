import { createClient } from 'graphql-ws';

const [url = 'ws://localhost:4000/graphql'] = process.argv.slice(2);
const query = `subscription ($after: EventCursor) {
  blocks(after: $after, heartbeat: true) { cursor kind block { height } }
}`;
// By default it would subscribe again without a cursor.
const client = createClient({ url, retryAttempts: 0 });
let trouble = null;

/** Prints a failure once, until an event comes; ends at a permanent failure. */
function sayWhy(reason) {
  const error = Array.isArray(reason) ? reason[0] : null;
  if (error !== null && !error.extensions.retryable) {
    console.error(error.message);
    process.exit(1);
  }
  const why = error?.message ?? `No gateway answers at ${url}: is it running, and the address right?`;
  if (why !== trouble) console.error(`${why} Trying again.`);
  trouble = why;
}

for (let after; ; await new Promise((goOn) => setTimeout(goOn, 1_000))) {
  try {
    for await (const { data, errors } of client.iterate({ query, variables: { after } })) {
      if (errors !== undefined) throw errors;
      trouble = null;
      const { cursor, kind, block } = data.blocks;
      if (kind !== 'HEARTBEAT') console.log(kind, block.height);
      // After your work with the event: keep the cursor where you keep the result.
      after = cursor;
    }
  } catch (reason) {
    const code = Array.isArray(reason) ? reason[0].extensions.code : undefined;
    // Events of that time are no longer kept, or it is another chain: continue from now.
    if (after !== undefined && ['EVENTS_EXPIRED', 'BAD_CURSOR'].includes(code)) {
      console.error(`${reason[0].message} Going on from now.`);
      after = undefined;
    } else sayWhy(reason);
  }
}
