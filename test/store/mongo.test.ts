import { MongoClient } from 'mongodb';
import { MongoStore } from '../../src/store/mongo/mongo-store.ts';
import { describeStore } from './contract.ts';

let n = 0;
describeStore('MongoDB', async () => {
  const name = `bitql_contract_${process.pid}_${n++}`;
  const uri = `mongodb://127.0.0.1:27117/${name}?directConnection=true`;
  return {
    open: () => MongoStore.open(uri),
    destroy: async () => {
      const c = new MongoClient(uri);
      await c.db(name).dropDatabase();
      await c.close();
    },
  };
});
