/** Query parameters of connection strings that hold a secret, up to the next parameter. */
const SECRET_PARAMETER = /([?&,][\w.]*(?:password|token|secret)\w*[=:])[^&\s"'<>,]*/gi;

/** The login of a URL. */
const LOGIN = /\b([A-Za-z][A-Za-z0-9+.-]*:\/\/)(?!USER:PASSWORD@[^\s"'<>@]*(?![^\s"'<>]))[^\s"'<>/][^\s"'<>]*@/g;

/** The secret of an API key, after its public part. */
const API_KEY = /\b(bitql_[0-9a-f]{12}_)[\w-]+/g;

/**
 * The text without user names, passwords and other secrets in its URLs, including MongoDB's, and without API keys. A password
 * that should have been percent-encoded may hold any character, so everything up to the last @ is removed. Advice to give
 * USER:PASSWORD stays.
 */
export function redact(text: string): string {
  return text.replace(LOGIN, '$1***@').replace(SECRET_PARAMETER, '$1***').replace(API_KEY, '$1***');
}
