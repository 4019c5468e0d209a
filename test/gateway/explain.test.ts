import { temporaryStore } from '../support/temporary-store.ts';
import { describeEstimates } from './explain-estimates-suite.ts';
import { describeExplanations } from './explain-suite.ts';

describeExplanations('explanations, with SQLite', temporaryStore);
describeEstimates('estimates, with SQLite', temporaryStore);
