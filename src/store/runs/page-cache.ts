import { isOfRows } from './run.ts';

/** Memory for pages of first keys and filters, in bytes. */
const INDEX_BYTES = 24 * 1024 * 1024;
/** Memory for pages with postings. */
const ROW_BYTES = 8 * 1024 * 1024;

/** The pages that were used last, in two parts, so that reading many postings does not push out what leads to all. */
export class PageCache {
  readonly #indexes = new Recent(INDEX_BYTES);
  readonly #rows = new Recent(ROW_BYTES);

  get(run: string, page: number): Uint8Array | undefined {
    return this.#part(page).get(nameOf(run, page));
  }

  put(run: string, page: number, bytes: Uint8Array): void {
    this.#part(page).put(nameOf(run, page), bytes);
  }

  forget(run: string, page: number): void {
    this.#part(page).remove(nameOf(run, page));
  }

  #part(page: number): Recent {
    return isOfRows(page) ? this.#rows : this.#indexes;
  }
}

function nameOf(run: string, page: number): string {
  return `${run}/${page}`;
}

/** The values that were used last, within a number of bytes. */
class Recent {
  readonly #most: number;
  readonly #values = new Map<string, Uint8Array>();
  #bytes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get(name: string): Uint8Array | undefined {
    const value = this.#values.get(name);
    if (value === undefined) return undefined;
    this.#values.delete(name);
    this.#values.set(name, value);
    return value;
  }

  put(name: string, value: Uint8Array): void {
    this.remove(name);
    // A copy: the value may be a view of a much larger piece of memory.
    this.#values.set(name, value.byteLength === value.buffer.byteLength ? value : value.slice());
    this.#bytes += value.length;
    for (const oldest of this.#values.keys()) {
      if (this.#bytes <= this.#most) break;
      this.remove(oldest);
    }
  }

  remove(name: string): void {
    const value = this.#values.get(name);
    if (value === undefined) return;
    this.#values.delete(name);
    this.#bytes -= value.length;
  }
}
