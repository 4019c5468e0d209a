/** Codes of OpenSSL and Node for a certificate that nobody here trusts. */
const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_UNTRUSTED',
  'INVALID_CA',
]);
const OUT_OF_TIME = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);
/** Of a server that answers a greeting of TLS with something else. */
const NO_TLS = new Set(['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'EPROTO']);

/** Why an address will not do, however often it is tried again. */
export interface WrongAddress {
  /** A sentence without its end: what is wrong, and what to do. */
  readonly cure: string;
  /** Whether an address that has worked may come to this for a while: a container that restarts has no name meanwhile. */
  readonly mayPass: boolean;
}

/** What is wrong with the address that could not be connected to; null for an outage. @param error with its causes */
export function wrongAddress(error: unknown): WrongAddress | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code, message } = at as NodeJS.ErrnoException;
    const cure = cureOf(String(code), message);
    if (cure !== null) return { cure, mayPass: code === 'ENOTFOUND' };
  }
  return null;
}

function cureOf(code: string, message: string): string | null {
  if (UNTRUSTED.has(code)) {
    return `its certificate is signed by nobody whom this machine trusts (${code}): set the variable NODE_EXTRA_CA_CERTS to a PEM file with the certificate of who signed it`;
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `its certificate is for another name (${message.replace(/\.$/, '')}): give the address by a name that the certificate has`;
  }
  if (OUT_OF_TIME.has(code)) return `its certificate is not valid now (${code}): renew it, or set the clock`;
  if (NO_TLS.has(code)) return 'it does not speak TLS there: give an address without it, or another port';
  if (code === 'ENOTFOUND') return 'there is no host of that name: look for a mistake in the address';
  if (message === 'bad port') return 'HTTP clients refuse that port: give the node another one (-rpcport)';
  return null;
}
