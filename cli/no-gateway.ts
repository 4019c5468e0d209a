import { requestFailure, wrongAddress } from '../src/failures/network.ts';

/** Where no gateway answers: why, and what to do. @param error of `fetch` */
export function noGateway(url: URL, error: unknown): string {
  const gone = `No gateway answers at ${url.origin}: ${requestFailure(error)}.`;
  // What is wrong with an address says itself what to do.
  if (wrongAddress(error) !== null) return gone;
  return `${gone} Start one with "bitql up", "bitql serve" or "bitql dev", or give the address of another with --endpoint.`;
}
