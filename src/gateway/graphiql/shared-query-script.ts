/** What makes a query of GraphiQL a link, in JavaScript for browsers: the page's address opens it, and follows what is edited. */
export const SHARED_QUERY_SCRIPT = `
/** Longer ones are no good as links: a gateway takes 16 KiB of address and headers together. */
const MAX_ADDRESS = 8000;
const SHARED = ['query', 'variables', 'operationName'];

/** What an address has GraphiQL show; it does not run it. */
function sharedQuery(search) {
  const parameters = new URLSearchParams(search);
  return Object.fromEntries(SHARED.filter((name) => parameters.get(name)).map((name) => [name, parameters.get(name)]));
}

/** The address at which the page shows what a tab has; without parameters for what it shows anyway. */
function addressOf(tab, defaultQuery, path) {
  if (!tab?.query || tab.query === defaultQuery) return path;
  const address = path + '?' + new URLSearchParams(SHARED.filter((name) => tab[name]).map((name) => [name, tab[name]]));
  return address.length > MAX_ADDRESS ? path : address;
}
`;
