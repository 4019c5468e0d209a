import { counted } from '../src/counted.ts';
import { type Line, styled } from './terminal.ts';

/** A `TransactionPlan` of the schema, as `bitql explain` asks for it. */
export interface ExplainedPlan {
  readonly refusal: ExplainedRefusal | null;
  readonly longChainRefusal: ExplainedRefusal | null;
  readonly steps: readonly ExplainedPlanStep[];
  readonly stepCount: number;
  readonly conditions: readonly string[];
  readonly prediction: {
    readonly matches: number;
    readonly rows: number;
    readonly cost: number;
    readonly budgetExhausted: boolean;
    readonly exact: boolean;
  } | null;
}

interface ExplainedRefusal {
  readonly code: string;
  readonly message: string;
  readonly add: readonly string[];
}

interface ExplainedPlanStep {
  readonly depth: number;
  readonly operation: string;
  readonly index: string | null;
  /** Hexadecimal. */
  readonly key: string | null;
  readonly fromHeight: number | null;
  readonly toHeight: number | null;
  readonly unconfirmed: boolean;
  readonly excluded: boolean;
  readonly rows: number | null;
  readonly exact: boolean;
}

/** The most digits of a key that are shown. */
const KEY_WIDTH = 20;
const HEAD = ['step', 'key', 'heights', 'rows'];

/** A plan for people. @param length of the page */
export function planLines(
  { refusal, longChainRefusal, steps, stepCount, conditions, prediction }: ExplainedPlan,
  length: number,
): Line[] {
  const isPlanned = steps.length > 0;
  const checked = isPlanned ? 'checked on each transaction' : 'no index leads to';
  return [
    ...(isPlanned ? [...table([HEAD, ...steps.map(cellsOf)]), ...omitted(stepCount - steps.length), ''] : []),
    ...(conditions.length > 0 ? [labelled(checked, conditions.join(', '))] : []),
    ...(prediction === null ? [] : [labelled(`a page of ${length}`, predicted(prediction))]),
    ...(refusal === null ? [] : refused('refused', refusal)),
    ...(longChainRefusal === null ? [] : refused('refused on a chain of more than 1,000 blocks', longChainRefusal)),
  ];
}

function cellsOf({ depth, operation, index, excluded, key, rows, exact, ...where }: ExplainedPlanStep): string[] {
  const name = operation.toLowerCase().replaceAll('_', ' ');
  const step = `${'  '.repeat(depth)}${excluded ? 'without ' : ''}${name}${index === null ? '' : ` ${index}`}`;
  const shown = key !== null && key.length > KEY_WIDTH ? `${key.slice(0, KEY_WIDTH)}...` : (key ?? '');
  return [step, shown, heightsOfStep(where), rows === null ? '?' : `${exact ? '' : '~'}${grouped(rows)}`];
}

function heightsOfStep({
  fromHeight,
  toHeight,
  unconfirmed,
}: Pick<ExplainedPlanStep, 'fromHeight' | 'toHeight' | 'unconfirmed'>): string {
  const heights = fromHeight === null ? [] : [`${fromHeight} to ${toHeight}`];
  return [...heights, ...(unconfirmed ? ['unconfirmed'] : [])].join(', ');
}

/** The last column is one of numbers. */
function table(rows: readonly (readonly string[])[]): Line[] {
  const widths = HEAD.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row, line) => {
    const cells = row.map((cell, i) => (i === HEAD.length - 1 ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)));
    const text = cells.join('  ');
    return line === 0 ? [styled('bold', text)] : text;
  });
}

function omitted(count: number): Line[] {
  return count > 0 ? [`and ${counted(count, 'more step')}`] : [];
}

function predicted({ matches, rows, cost, budgetExhausted, exact }: NonNullable<ExplainedPlan['prediction']>): string {
  const parts = [
    `${grouped(matches)} ${matches === 1 ? 'match' : 'matches'}`,
    `${counted(rows, 'row', grouped(rows))} examined`,
    counted(cost, 'point', grouped(cost)),
  ];
  const early = budgetExhausted ? '; the budget of a request ends it early' : '';
  return `${exact ? '' : 'about '}${parts.join(', ')}${early}`;
}

function refused(label: string, { code, message, add }: ExplainedRefusal): Line[] {
  const remedies = add.map((one) => `  ${one}`);
  return [
    [styled('red', label), `  ${message} (${code})`],
    ...(add.length === 0 ? [] : [[styled('bold', 'add one of')] as Line, ...remedies]),
  ];
}

function labelled(label: string, text: string): Line {
  return [styled('bold', label), `  ${text}`];
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
