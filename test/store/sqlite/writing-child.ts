/** `node writing-child.ts FILE FIRST` writes one numbered batch after the other and prints the number of each. */
import { SqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { numberedBatch } from './numbered-batches.ts';

const [file, first] = process.argv.slice(2);
const store = await SqliteStore.open(file!, { cacheMiB: 4 });
for (let batch = Number(first); ; batch++) {
  await store.write(numberedBatch(batch));
  console.log(batch);
}
