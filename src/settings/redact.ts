/** Query parameters of connection strings that hold a secret, up to the next parameter. */
const SECRET_PARAMETER = /([?&,][\w.]*(?:password|token|secret)\w*[=:])[^&\s"'<>,]*/gi;

/**
 * The text without user names, passwords and other secrets in the URLs in it, MongoDB's among them. A password that
 * should have been percent-encoded may hold any character, so all up to the last @ goes.
 */
export function redact(text: string): string {
  return text.replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s"'<>/][^\s"'<>]*@/gi, '$1***@').replace(SECRET_PARAMETER, '$1***');
}
