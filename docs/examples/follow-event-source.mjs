// Browsers and Deno have EventSource; for Node, the package has the same.
import { EventSource } from 'eventsource';

const [url = 'http://localhost:4000/graphql'] = process.argv.slice(2);
const query = 'subscription ($after: EventCursor) { blocks(after: $after) { kind block { height } } }';
let isHeard = true;

function follow(after) {
  const variables = JSON.stringify({ after });
  const source = new EventSource(`${url}?${new URLSearchParams({ query, variables })}`);
  let last = after;
  source.addEventListener('open', () => {
    isHeard = true;
  });
  source.addEventListener('next', (event) => {
    const { data, errors } = JSON.parse(event.data);
    last = event.lastEventId || last;
    if (errors === undefined) return console.log(data.blocks.kind, data.blocks.block.height);
    const [{ message, extensions }] = errors;
    if (extensions.retryable) return;
    // Otherwise it would try again for ever.
    source.close();
    // Events of that time are no longer kept, or it is another chain: continue from now.
    const isLost = last !== undefined && ['EVENTS_EXPIRED', 'BAD_CURSOR'].includes(extensions.code);
    console.error(isLost ? `${message} Going on from now.` : message);
    if (isLost) follow();
    else process.exit(1);
  });
  source.addEventListener('error', () => {
    if (isHeard) console.error(`No gateway answers at ${url}: is it running, and the address right? Trying again.`);
    isHeard = false;
    // It continues by itself after a broken connection, but not after an answer without events.
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, 1_000, last);
  });
}

follow();
// The package lets Node end while it waits to connect again.
setInterval(() => {}, 60_000);
