// Browsers and Deno have EventSource; for Node, the package has the same.
import { EventSource } from 'eventsource';

const [url = 'http://localhost:4000/graphql'] = process.argv.slice(2);
const query = 'subscription ($after: EventCursor) { blocks(after: $after) { kind block { height } } }';
const key = process.env.BITQL_KEY;
const authorization = key === undefined ? {} : { authorization: `Bearer ${key}` };
const noGateway = {
  message: `No gateway answers at ${url}: is it running, and the address right, with /graphql at its end?`,
  extensions: { retryable: true },
};
let trouble = null;

function say({ message, extensions: { code = message } }) {
  if (code !== trouble) console.error(`${message} Trying again.`);
  trouble = code;
}

async function readRefusal(response) {
  const answer = await response.json().catch(() => null);
  return { error: answer?.errors?.[0] ?? noGateway, retryAfter: response.headers.get('retry-after') };
}

function follow(after) {
  const variables = JSON.stringify({ after });
  let last = after;
  let refusal = null;
  const source = new EventSource(`${url}?${new URLSearchParams({ query, variables })}`, {
    async fetch(address, init) {
      const response = await fetch(address, { ...init, headers: { ...init.headers, ...authorization } });
      // The package gives up the answer: what it says is read before.
      if (!response.ok) refusal = await readRefusal(response.clone());
      return response;
    },
  });

  /** Subscribes again if that helps, after the time that the gateway says. Otherwise an EventSource would try again for ever. */
  function goOn(error, retryAfter) {
    source.close();
    const { code, retryable } = error.extensions;
    if (retryable) {
      say(error);
      setTimeout(follow, (Number(retryAfter) || 1) * 1_000, last);
      return;
    }
    // Events of that time are no longer kept, or it is another chain: continue from now.
    const isLost = last !== undefined && ['EVENTS_EXPIRED', 'BAD_CURSOR'].includes(code);
    console.error(isLost ? `${error.message} Going on from now.` : error.message);
    if (isLost) follow();
    else process.exit(1);
  }

  source.addEventListener('next', (event) => {
    const { data, errors } = JSON.parse(event.data);
    last = event.lastEventId || last;
    if (errors !== undefined) return goOn(errors[0], errors[0].extensions.retryAfter);
    trouble = null;
    console.log(data.blocks.kind, data.blocks.block.height);
  });
  source.addEventListener('error', () => {
    // It continues by itself after a broken connection, but not after an answer without events.
    if (source.readyState !== EventSource.CLOSED) return say(noGateway);
    goOn(refusal?.error ?? noGateway, refusal?.retryAfter);
  });
}

follow();
// The package lets Node end while it waits to connect again.
setInterval(() => {}, 60_000);
