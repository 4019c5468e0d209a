import { maxHeaderSize, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError } from 'fastify';

const KIBIBYTE = 1024;

/** What is wrong with a request that was refused before it was read as GraphQL, by the error code of Fastify or Node. */
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
/** For codes without an entry. */
const UNREADABLE = 'The request cannot be read: send JSON by POST, or a query in the URL by GET.';

/** Refusals before there is any request; other errors have a status of their own. */
const STATUSES: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/** Describes a client's error in our words; for an error on our side, returns its message. */
export function meaningOf({ code, message, statusCode = 500 }: FastifyError, maxBodyBytes: number): string {
  if (statusCode >= 500) return message;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return `The body may have at most ${maxBodyBytes / KIBIBYTE} KiB: ask for less at once.`;
  return MEANINGS[code] ?? UNREADABLE;
}

/** Answers a connection whose request is not HTTP, or does not arrive, and ends it. */
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
