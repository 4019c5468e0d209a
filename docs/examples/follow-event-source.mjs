// Browsers and Deno have an EventSource of their own; for Node, the package brings the same.
import { EventSource } from 'eventsource';

const [url = 'http://localhost:4000/graphql'] = process.argv.slice(2);
const query = 'subscription { blocks { kind block { height } } }';
const source = new EventSource(`${url}?query=${encodeURIComponent(query)}`);

source.addEventListener('next', (event) => {
  const { data, errors } = JSON.parse(event.data);
  if (errors === undefined) console.log(data.blocks.kind, data.blocks.block.height);
  // It would ask again for ever.
  else if (!errors[0].extensions.retryable) source.close();
});

// The package lets Node end while it waits to connect again.
setInterval(() => {}, 60_000);
