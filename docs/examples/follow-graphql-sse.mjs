import { createClient } from 'graphql-sse';

const [url = 'http://localhost:4000/graphql'] = process.argv.slice(2);
const query = `subscription ($after: EventCursor) {
  blocks(after: $after, heartbeat: true) { cursor kind block { height } }
}`;
const key = process.env.BITQL_KEY;
const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
// By default it would subscribe again without a cursor.
const client = createClient({ url, headers, retryAttempts: 0 });
let trouble = null;

/** The failure, in the form of a GraphQL error. */
async function errorOf(reason) {
  if (Array.isArray(reason)) return reason[0];
  const answer = await reason.response?.json().catch(() => null);
  const message = `No gateway answers at ${url}: is it running, and the address right, with /graphql at its end?`;
  const error = answer?.errors?.[0] ?? { message, extensions: { retryable: true } };
  const retryAfter = reason.response?.headers.get('retry-after');
  return { ...error, extensions: { retryAfter, ...error.extensions } };
}

/** Prints a failure once, and waits as long as the gateway says; ends at a permanent failure. */
async function waitAfter({ message, extensions: { code = message, retryable, retryAfter } }) {
  if (!retryable) {
    console.error(message);
    process.exit(1);
  }
  if (code !== trouble) console.error(`${message} Trying again.`);
  trouble = code;
  await new Promise((goOn) => setTimeout(goOn, (Number(retryAfter) || 1) * 1_000));
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
    const error = await errorOf(reason);
    // Events of that time are no longer kept, or it is another chain: continue from now.
    if (after !== undefined && ['EVENTS_EXPIRED', 'BAD_CURSOR'].includes(error.extensions.code)) {
      console.error(`${error.message} Going on from now.`);
      after = undefined;
    } else await waitAfter(error);
  }
}
