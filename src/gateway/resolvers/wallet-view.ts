import { type AddedUp, addUp } from '../../query/balance.ts';
import type { Snapshot } from '../../store/snapshot.ts';
import { type Discovered, discover, type SearchMeans, type WalletSearch } from '../../wallet/discovery.ts';

/** A wallet in one request. */
export class WalletView {
  /** Identifies its lists. */
  readonly identity: WalletSearch;
  readonly #means: SearchMeans;
  readonly #seen = new Map<Snapshot, Promise<Discovered>>();
  #sums: Promise<AddedUp> | undefined;

  constructor(identity: WalletSearch, means: SearchMeans) {
    this.identity = identity;
    this.#means = means;
  }

  /** The addresses that a snapshot sees, that of the request if not given. Looked for once. */
  discovered(snapshot = this.#means.reader.snapshot): Promise<Discovered> {
    const known = this.#seen.get(snapshot) ?? discover(this.identity, snapshot, this.#means);
    this.#seen.set(snapshot, known);
    return known;
  }

  /** The locking scripts of the used addresses. A page after a cursor is of what its snapshot sees. */
  readonly usedScripts = async (snapshot: Snapshot): Promise<readonly Uint8Array[]> => {
    const { chains } = await this.discovered(snapshot);
    const used = chains.flatMap(({ addresses }) => addresses).filter((address) => address.used);
    return used.map(({ lockingScript }) => lockingScript);
  };

  /** Added up once, whichever fields ask for it. */
  sums(): Promise<AddedUp> {
    const { reader, budget } = this.#means;
    this.#sums ??= this.usedScripts(reader.snapshot).then((scripts) => addUp(reader, scripts, budget));
    return this.#sums;
  }
}
