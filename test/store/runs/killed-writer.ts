/** `node killed-writer.ts STORE` writes one commit after the other, each with the postings of a block, and prints the height of each. */
import { parseStoreLocation } from '../../../src/store/location.ts';
import { MongoStore } from '../../../src/store/mongo/mongo-store.ts';
import { packRows } from '../../../src/store/packed-rows.ts';
import { SqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { ChainWriter } from '../../../src/store/writer.ts';
import { partsOfBlock, WRITER_OPTIONS } from './numbered-blocks.ts';

/** So that it merges and drops runs all the time, in several parts each. */
const OPTIONS = { quietMs: 10, keptMs: 10, partRows: 100 };

const location = parseStoreLocation(process.argv[2]!)!;
const store =
  location.kind === 'sqlite'
    ? await SqliteStore.open(location.file, { cacheMiB: 4, ...OPTIONS })
    : await MongoStore.open(location.uri, OPTIONS);
const writer = await ChainWriter.acquire(store, { ...WRITER_OPTIONS, holder: `writer ${process.pid}` });
for (let height = (writer.state.tip?.height ?? -1) + 1; ; height++) {
  await Promise.all(
    partsOfBlock(height, writer.state.epoch).map((rows) => writer.write(new Map([['postings', packRows(rows)]]))),
  );
  if (height % 50 === 49) await store.settle();
  await writer.commit({ tip: { height, hash: '00'.repeat(32) }, coverage: [[0, height]] });
  console.log(height);
}
