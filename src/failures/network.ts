import { BitqlError } from '../errors.ts';

/** Why an address is wrong, however often it is tried. */
export interface WrongAddress {
  /** A sentence without its full stop: what is wrong, and what to do. */
  readonly cure: string;
  /** Whether an address that has worked may fail like this for a while: a container that restarts has no name meanwhile. */
  readonly mayPass: boolean;
}

/** Codes of OpenSSL and Node for a certificate that is not trusted here. */
const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_UNTRUSTED',
  'INVALID_CA',
]);
/** For a name, and for the records of MongoDB's SRV addresses. */
const NO_HOST = new Set(['ENOTFOUND', 'ENODATA']);
const OUT_OF_TIME = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);
/** The server answers a TLS greeting with something else. */
const NO_TLS = /^(EPROTO|ERR_SSL_(?!.*ALERT).*)$/;
/** The server speaks TLS and refuses the connection. */
const TLS_REFUSED = /^ERR_SSL_.*ALERT/;

/** What an outage means, by its code in Node and in its HTTP client (undici). */
const OUTAGES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (ECONNREFUSED)',
  ECONNRESET: 'the connection was cut off (ECONNRESET)',
  ECONNABORTED: 'the connection was cut off (ECONNABORTED)',
  EPIPE: 'the connection was cut off (EPIPE)',
  UND_ERR_SOCKET: 'the connection was cut off',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the answer does not have the length that its header announces',
  EAI_AGAIN: 'the name of the host cannot be looked up now (EAI_AGAIN)',
  ETIMEDOUT: 'the host does not answer (ETIMEDOUT)',
  EHOSTUNREACH: 'the network has no route to the host (EHOSTUNREACH)',
  ENETUNREACH: 'the network has no route to the host (ENETUNREACH)',
  EADDRNOTAVAIL: 'this machine has no free port left for the connection (EADDRNOTAVAIL)',
  EMFILE: 'this program has reached its limit of open files and connections (EMFILE)',
  UND_ERR_CONNECT_TIMEOUT: 'the host does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'it accepts the request and does not answer',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped in the middle',
  UND_ERR_HEADERS_OVERFLOW: 'the headers of its answer are too long',
};
/** The same for errors without a code, by the message of `fetch`. */
const WORDS: Readonly<Record<string, string>> = {
  'redirect count exceeded': 'it redirects again and again',
  'The operation was aborted due to timeout': 'it did not answer in time',
  'unexpected redirect': 'it redirects to another address: use that one if you trust it',
};
/** Names of errors from our own limits. Errors of the clients have other names, or codes. */
const OUR_NAMES = new Set(['Error', 'TimeoutError']);
const CUT_BEFORE_TLS = /before secure TLS connection was established/;

/** What is wrong with the address that could not be connected to; null for an outage. @param error with its causes */
export function wrongAddress(error: unknown): WrongAddress | null {
  return firstIn(error, ({ code, message }) => {
    const cure = cureOf(String(code), message);
    return cure === null ? null : { cure, mayPass: NO_HOST.has(String(code)) };
  });
}

/**
 * Why a connection could not be made, or broke, in our words: a sentence without its full stop.
 * @param error with its causes
 * @returns null if it is not a network error
 */
export function networkFailure(error: unknown): string | null {
  return wrongAddress(error)?.cure ?? firstIn(error, outageOf);
}

/**
 * Why a request failed, in our words: a sentence without its full stop.
 * @param error thrown by `fetch`, or by the reader of its answer: an `Error` of ours explains itself
 */
export function requestFailure(error: unknown): string {
  const known = networkFailure(error);
  if (known !== null) return known;
  const root = rootOf(error);
  const isOurs = root instanceof BitqlError || (OUR_NAMES.has(root.name) && typeof root.code !== 'string');
  if (isOurs) return root.message.replace(/\.$/, '');
  return `the request failed (${root.message || root.code})`;
}

function cureOf(code: string, message: string): string | null {
  if (UNTRUSTED.has(code)) {
    return `this machine does not trust the issuer of its certificate (${code}): set the variable NODE_EXTRA_CA_CERTS to a PEM file with the certificate of the issuer`;
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `its certificate is for another name (${message.replace(/\.$/, '')}): use a host name that is in the certificate`;
  }
  if (OUT_OF_TIME.has(code))
    return `its certificate is not valid at this time (${code}): renew it, or correct the clock`;
  if (NO_TLS.test(code)) {
    return 'it does not speak TLS at this port: use http:// instead of https://, or another port';
  }
  if (NO_HOST.has(code)) return `no host has this name (${code}): check the address`;
  if (message === 'bad port') {
    return 'HTTP clients refuse to use this port: let the server listen on another one (--port of a gateway, -rpcport of a node)';
  }
  return null;
}

function outageOf({ name, code, message, syscall }: NodeJS.ErrnoException): string | null {
  // The code of an aborted request is a number.
  const text = String(code);
  if (name === 'HTTPParserError' || text.startsWith('HPE_'))
    return 'the program that listens there does not speak HTTP';
  if (text.startsWith('Z_')) return 'its compressed answer is damaged';
  if (TLS_REFUSED.test(text)) return `it refuses to speak TLS with this program (${text})`;
  if (CUT_BEFORE_TLS.test(message)) return 'the connection was cut off before TLS began: the server may not speak TLS';
  if (syscall?.startsWith('query')) return `the name of the host cannot be looked up now (${text})`;
  return OUTAGES[text] ?? WORDS[message] ?? null;
}

/** The first result for an error or its causes, from the outside in. */
function firstIn<T>(error: unknown, look: (error: NodeJS.ErrnoException) => T | null): T | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    const found = look(at);
    if (found !== null) return found;
  }
  return null;
}

function rootOf(error: unknown): NodeJS.ErrnoException {
  const given = error instanceof Error ? error : new Error(String(error));
  return given.cause instanceof Error ? rootOf(given.cause) : given;
}
