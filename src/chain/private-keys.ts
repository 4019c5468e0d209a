/** An extended private key, or a single one (WIF). */
const PRIVATE_KEY = /[a-z]prv[1-9A-Za-z]{20,}|(?<![0-9A-Za-z])[5KL9c][1-9A-HJ-NP-Za-km-z]{50,51}(?![0-9A-Za-z])/gi;

/** Whether a text has a private key anywhere in it. */
export function hasPrivateKey(text: string): boolean {
  return text.search(PRIVATE_KEY) >= 0;
}

/** The text without the private keys in it, so that nothing repeats them. */
export function withoutPrivateKeys(text: string): string {
  return text.replace(PRIVATE_KEY, '***');
}
