import { BitqlError } from '../errors.ts';
import { MAX_HEIGHT } from '../store/position.ts';
import type { PostingFamily } from '../store/postings.ts';
import type { Bounds } from './filter.ts';

/** What an index does not lead to, and why. */
export interface Unindexed {
  /** The families of postings that would lead to the matches, if the index had all of them. */
  readonly lacking: ReadonlySet<PostingFamily>;
  /** Whether an output's locking script is to begin in a way in which one with an address, or a data output, can begin too. */
  readonly hasScriptStart: boolean;
  /** Of the blocks that would have to be scanned; null for none, or up to `MAX_HEIGHT` if the last one is not known. */
  readonly heights: Bounds | null;
  /** The most blocks that are scanned. */
  readonly most: number;
}

const SCRIPT_START =
  '`types` beside `lockingScript: { startsWith }`, of P2PK, MULTISIG and NON_STANDARD only: their beginning is indexed (data outputs are found by `data`)';
const LEADS =
  'an address, txids, a script, a token, or `equals`, `in` or `startsWith` of a push: beside the other conditions, and in each member of an `or`';

/** No index leads to everything that a filter matches, and there is too much to scan. */
export class UnindexedError extends BitqlError {
  /** What would make an answer possible, each by itself. */
  readonly remedies: readonly string[];

  constructor({ lacking, hasScriptStart, heights, most }: Unindexed) {
    const command = `bitql reindex --index ${[...lacking].join(',')}`;
    super('NOT_INDEXED', lacking.size > 0 ? messageOfLacking(command, most) : messageOfNone(hasScriptStart, most));
    const isKnown = heights !== null && heights.to < MAX_HEIGHT;
    const newest = isKnown ? `, for example \`block: { from: ${Math.max(0, heights.to - most + 1)} }\`` : '';
    this.remedies = [
      ...(hasScriptStart ? [SCRIPT_START] : []),
      lacking.size > 0 ? `to the index, by its operator: \`${command}\`` : LEADS,
      `a range of at most ${most} blocks${newest}`,
      '`scan: true` beside the filter: then all transactions are examined, page by page',
    ];
  }
}

function messageOfLacking(command: string, most: number): string {
  return (
    `This filter needs postings that the index does not have at all these heights (see \`chain { indexes }\`): its operator can add them with \`${command}\`. ` +
    `Without them, give a block range of at most ${most} blocks, or \`scan: true\`.`
  );
}

function messageOfNone(hasScriptStart: boolean, most: number): string {
  return (
    `No index can answer this filter: add ${hasScriptStart ? `${SCRIPT_START}, or ` : ''}an address, txids, a script, a token, or \`equals\`, \`in\` or \`startsWith\` of a push, ` +
    `or a block range of at most ${most} blocks. With \`scan: true\`, all transactions are examined, page by page.`
  );
}
