import { temporaryStore } from '../support/temporary-store.ts';
import { describeMany } from './many-suite.ts';

describeMany('many things at once, with SQLite', temporaryStore);
