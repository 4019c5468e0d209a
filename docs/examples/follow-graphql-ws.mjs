import { createClient } from 'graphql-ws';

const [url = 'ws://localhost:4000/graphql'] = process.argv.slice(2);
const query = `subscription ($after: EventCursor) {
  blocks(after: $after, heartbeat: true) { cursor kind block { height } }
}`;
// By itself it would subscribe again without a cursor.
const client = createClient({ url, retryAttempts: 0 });

for (let after; ; await new Promise((goOn) => setTimeout(goOn, 1_000))) {
  try {
    for await (const { data, errors } of client.iterate({ query, variables: { after } })) {
      if (errors !== undefined) throw errors;
      const { cursor, kind, block } = data.blocks;
      if (kind !== 'HEARTBEAT') console.log(kind, block.height);
      // Behind what you do with it: keep it where you keep the outcome.
      after = cursor;
    }
  } catch (reason) {
    if (Array.isArray(reason) && !reason[0].extensions.retryable) throw new Error(reason[0].message);
  }
}
