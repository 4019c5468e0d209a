import { PassThrough } from 'node:stream';
import { WriteStream } from 'node:tty';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { duration, ProgressReport, progressLine } from '../../cli/progress.ts';
import { linesOf, styled, Terminal } from '../../cli/terminal.ts';
import { HOSTILE_TEXT, SHOWN_TEXT } from './support.ts';

const PROGRESS = {
  height: 250,
  target: 1_000,
  lowest: 0,
  start: 0,
  transactions: 5_000,
  transactionsPerSecond: 12_345.6,
  transactionsLeft: 45_000_000,
  secondsLeft: 3_700,
  stages: { fetch: 0, parse: 0, outputs: 0, lookup: 0, rows: 0, write: 0 },
  lookups: 0,
  blocksToFill: 0,
};
const LINE = 'Block 250 of 1,000, 12,346 tx/s, 45,000,000 transactions left (1 h 1 min)';
const TIP = 'At the tip: block 1,000.';

/** A stream that records its text, as a terminal or a file. */
function stream(isTerminal: boolean): WriteStream & { text(): string } {
  const through = Object.assign(new PassThrough({ encoding: 'utf8' }), {
    isTTY: isTerminal,
    columns: 80,
    getColorDepth: WriteStream.prototype.getColorDepth,
  });
  let text = '';
  through.on('data', (chunk: string) => {
    text += chunk;
  });
  return Object.assign(through, { text: () => text }) as unknown as WriteStream & { text(): string };
}

function terminalOf(isTerminal: boolean) {
  const [out, err] = [stream(isTerminal), stream(isTerminal)];
  return { out, err, terminal: new Terminal(out, err) };
}

/** The bytes of a line that begins in red. */
function redOn(isTerminal: boolean): string {
  const { out, err, terminal } = terminalOf(isTerminal);
  terminal.print([styled('red', 'x'), ' y']);
  terminal.note([styled('red', 'x'), ' y']);
  expect(err.text()).toBe(out.text());
  return out.text();
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('progress', () => {
  it('shows height, rate, the remaining work and its time', () => {
    expect(progressLine(PROGRESS)).toBe(LINE);
    const unknown = { ...PROGRESS, transactionsLeft: null, secondsLeft: null };
    expect(progressLine(unknown)).toBe('Block 250 of 1,000, 12,346 tx/s');
    expect(progressLine({ ...unknown, height: null })).toBe('Block 0 of 1,000, 12,346 tx/s');
    expect(progressLine({ ...unknown, height: 1_000, lowest: 900 })).toBe(
      'At the tip (1,000), history from block 900 down to 0, 12,346 tx/s',
    );
    expect(progressLine({ ...PROGRESS, height: 1_000 })).toBe(TIP);
    expect(progressLine({ ...PROGRESS, height: 1_000, blocksToFill: 4_321 })).toBe(
      'At the tip: block 1,000; kinds of postings are added to 4,321 older blocks.',
    );
  });

  it.each([
    [0.2, '1 s'],
    [59, '59 s'],
    [61, '1 min 1 s'],
    [7_260, '2 h 1 min'],
    [90_000, '1 d 1 h'],
  ])('shows %d seconds as %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it('rewrites one line on a terminal, and keeps it below other messages', () => {
    const { err, terminal } = terminalOf(true);
    const report = new ProgressReport(terminal, { info: (message) => terminal.note(message) });
    report.show(PROGRESS, 0);
    terminal.note('hello');
    report.show({ ...PROGRESS, height: 1_000 }, 1);
    terminal.status('');
    const clear = '\r\x1b[K';
    expect(err.text()).toBe(`${LINE}${clear}hello\n${LINE}${clear}${TIP}${clear}`);
  });

  it('is a line now and then without a terminal, and always at the tip', () => {
    const { terminal } = terminalOf(false);
    const lines: string[] = [];
    const report = new ProgressReport(terminal, { info: (message) => lines.push(message) });
    for (let second = 0; second <= 20; second++) report.show({ ...PROGRESS, height: 250 + second }, second * 1_000);
    report.show({ ...PROGRESS, height: 1_000 }, 20_500);
    expect(lines).toHaveLength(4);
    expect(lines.at(-1)).toBe(TIP);
  });
});

describe('a terminal', () => {
  it('is written to in colour, unless NO_COLOR is set', () => {
    vi.stubEnv('FORCE_COLOR', undefined);
    vi.stubEnv('NO_COLOR', undefined);
    vi.stubEnv('CI', undefined);
    vi.stubEnv('TERM', 'xterm-256color');
    expect(redOn(true)).toBe('\x1b[31mx\x1b[39m y\n');
    vi.stubEnv('NO_COLOR', '1');
    expect(redOn(true)).toBe('x y\n');
  });

  it('is not assumed if the output is a file', () => {
    vi.stubEnv('FORCE_COLOR', undefined);
    expect(redOn(false)).toBe('x y\n');
    expect(terminalOf(false).terminal.isInteractive).toBe(false);
  });

  it.each([true, false])("shows strangers' text and does not obey it (a terminal: %s)", (isTerminal) => {
    vi.stubEnv('NO_COLOR', '1');
    const { out, err, terminal } = terminalOf(isTerminal);
    terminal.print(HOSTILE_TEXT, [styled('red', HOSTILE_TEXT), HOSTILE_TEXT]);
    terminal.note(HOSTILE_TEXT, [styled('red', HOSTILE_TEXT), HOSTILE_TEXT]);
    terminal.status(HOSTILE_TEXT.slice(0, 8));
    expect(out.text()).toBe(`${SHOWN_TEXT}\n${SHOWN_TEXT}${SHOWN_TEXT}\n`);
    expect(err.text()).toBe(out.text() + SHOWN_TEXT.slice(0, SHOWN_TEXT.indexOf('\\u000d')));
  });

  it('shows JSON with the same meaning, and words and pictures unchanged', () => {
    const { out, terminal } = terminalOf(false);
    const value = { text: HOSTILE_TEXT, fine: 'grün, שלום, ❤️, \u{1f30d}' };
    terminal.print(...linesOf(JSON.stringify(value, null, 2)));
    expect(JSON.parse(out.text())).toEqual(value);
    expect(out.text()).toContain(value.fine);
  });

  it('receives results on standard output and the rest on standard error', () => {
    const { out, err, terminal } = terminalOf(false);
    terminal.print('result');
    terminal.note('note');
    expect([out.text(), err.text()]).toEqual(['result\n', 'note\n']);
  });
});
