/** Of letters, digits, dots and dashes, or an IPv6 address: one host, and no pattern for several. */
const ONE_HOST = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$/;

/** An origin of web pages that can be named, as browsers write it (https://app.example); undefined for any other text. */
export function webOrigin(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || !ONE_HOST.test(url.hostname)) return undefined;
  return `${url.origin}/` === url.href ? url.origin : undefined;
}
