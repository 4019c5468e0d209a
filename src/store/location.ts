/** The location of a store: one SQLite file, or a MongoDB database. */
export type StoreLocation =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'mongodb'; readonly uri: string };

/**
 * Reads `sqlite:FILE`, `FILE.db`, `mongodb://...` or `mongodb+srv://...`.
 * @returns null for anything else, and for SQLite's names of databases in memory: indexer and gateways meet in a file
 */
export function parseStoreLocation(text: string): StoreLocation | null {
  if (/^mongodb(\+srv)?:\/\//.test(text)) return { kind: 'mongodb', uri: text };
  if (text.startsWith('sqlite:')) {
    const file = text.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '');
    return file === '' || /^(?:file:)?:memory:/.test(file) ? null : { kind: 'sqlite', file };
  }
  return /\.(db|sqlite3?)$/.test(text) ? { kind: 'sqlite', file: text } : null;
}
