import { maxHeaderSize, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError } from 'fastify';

const KIBIBYTE = 1024;

/** What is wrong with a request that was refused before it was looked at as GraphQL, by what Fastify and Node call it. */
const MEANINGS: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE:
    'A POST request must be JSON: send it with the header "content-type: application/json".',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The body is empty: send a JSON object such as {"query": "{ chain { network } }"}.',
  FST_ERR_CTP_INVALID_JSON_BODY: 'The body is not JSON: send an object such as {"query": "{ chain { network } }"}.',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The length of the body differs from its Content-Length header.',
  FST_ERR_BAD_URL: 'The URL is invalid: each % must be followed by two hexadecimal digits. Write % itself as %25.',
  HPE_HEADER_OVERFLOW: `The URL and the headers of a request may have at most ${maxHeaderSize / KIBIBYTE} KiB together: send a long query by POST.`,
  ERR_HTTP_REQUEST_TIMEOUT: 'The request did not arrive in time: send it without a pause.',
};
/** All that has no name is of this kind. */
const UNREADABLE = 'The request cannot be read: send JSON by POST, or a query in the URL by GET.';

/** Of refusals that come before any request is there; of others the error has it. */
const STATUSES: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/** Says in our words what a client did wrong; of what went wrong here, what the error says. */
export function meaningOf({ code, message, statusCode = 500 }: FastifyError, maxBodyBytes: number): string {
  if (statusCode >= 500) return message;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return `The body may have at most ${maxBodyBytes / KIBIBYTE} KiB: ask for less at once.`;
  return MEANINGS[code] ?? UNREADABLE;
}

/** Answers what is no request of HTTP, or does not come, and ends its connection. */
export function refuseUnreadable({ code = '' }: NodeJS.ErrnoException, socket: Socket): void {
  if (code !== 'ECONNRESET' && socket.writable) {
    const status = STATUSES[code] ?? 400;
    const message = MEANINGS[code] ?? 'This is not an HTTP/1.1 request.';
    const body = JSON.stringify({ errors: [{ message, extensions: { code: 'BAD_REQUEST', retryable: false } }] });
    const head = [
      'Connection: close',
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${body.length}`,
    ];
    socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('\r\n')}\r\n\r\n${body}`);
  }
  socket.destroy();
}
