/** Where GraphQL is asked, and what goes along with each request. */
export interface Endpoint {
  /** Without a login: that is in the headers. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

/** Takes an address apart, whose login becomes a header (Basic), unless a key takes its place. */
export function endpointOf(address: string, key: string | null = null): Endpoint {
  const url = new URL(address);
  const bearer: Record<string, string> = key === null ? {} : { authorization: `Bearer ${key}` };
  if (url.username === '') return { url, headers: bearer };
  const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = '';
  url.password = '';
  return { url, headers: { authorization: `Basic ${base64(login)}`, ...bearer } };
}

/** `btoa` takes no other characters than those of Latin-1. */
function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
