import { createClient } from 'graphql-ws';

const [url = 'ws://localhost:4000/graphql'] = process.argv.slice(2);
const query = `subscription ($after: EventCursor) {
  blocks(after: $after, heartbeat: true) { cursor kind block { height } }
}`;
// By itself it would subscribe again without a cursor.
const client = createClient({ url, retryAttempts: 0 });
let trouble = null;

/** Says once what is the matter, until an event comes; ends at what does not pass. */
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
      // Behind what you do with it: keep it where you keep the outcome.
      after = cursor;
    }
  } catch (reason) {
    const code = Array.isArray(reason) ? reason[0].extensions.code : undefined;
    // Events of so long ago are not kept, or the chain is another one: go on from now.
    if (after !== undefined && ['EVENTS_EXPIRED', 'BAD_CURSOR'].includes(code)) {
      console.error(`${reason[0].message} Going on from now.`);
      after = undefined;
    } else sayWhy(reason);
  }
}
