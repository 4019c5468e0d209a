import { temporaryStore } from '../support/temporary-store.ts';
import { describeExplanations } from './explain-suite.ts';

describeExplanations('explanations, with SQLite', temporaryStore);
