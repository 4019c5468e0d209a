import { type Logger, pino } from 'pino';
import { requestFields } from '../src/gateway/observe/request-scope.ts';
import type { LogFormat, LogLevel } from '../src/settings/settings.ts';
import { fullStack } from './failure-notes.ts';
import { type Line, type Styled, styled, type Terminal } from './terminal.ts';

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
}

interface LogEntry {
  readonly level: number;
  readonly time: number;
  readonly msg?: string;
  readonly [field: string]: unknown;
}

/** Fields with secrets, at any depth: libraries attach them to their objects too. */
const SECRET_FIELDS = ['authorization', 'proxy-authorization', 'cookie', 'password', 'pass', 'secret', 'token'];
const WARN = 40;
const ERROR = 50;

/** A log on the terminal's standard error. It contains no secrets, also not those in URLs. Lines about a request have its id. */
export function createLog({ level, format }: LogOptions, terminal: Terminal): Logger {
  const write = (line: string) => terminal.noteAll(format === 'json' ? [line.trimEnd()] : asText(line));
  const stackOf = (error: Error) => (format === 'json' ? fullStack(error).join('\n') : fullStack(error));
  const serializers = { err: (error: unknown) => describe(error, level === 'debug' ? stackOf : null) };
  return pino(
    {
      level,
      serializers,
      base: null,
      mixin: requestFields,
      redact: { paths: SECRET_FIELDS.flatMap(places), censor: '***' },
      formatters: { level: (label, number) => ({ level: format === 'json' ? label : number }) },
    },
    { write },
  );
}

/** The paths of a field: at the top, in an object, and in an object of an object. */
function places(field: string): string[] {
  const name = `["${field}"]`;
  return [name, `*${name}`, `*.*${name}`];
}

/** The fields of an error that a log has. Others are left out: clients attach requests, and so passwords, to their errors. */
function describe(error: unknown, stackOf: ((error: Error) => unknown) | null): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { message } = error;
  const code = 'code' in error ? { code: String(error.code) } : {};
  return { ...code, message, ...(stackOf === null ? {} : { stack: stackOf(error) }) };
}

/** Lines for people: time, level if it matters, message, other fields; then the stack of an error, if it is shown. */
function asText(line: string): Line[] {
  const { level, time, msg = '', err, ...fields } = JSON.parse(line) as LogEntry;
  const at = styled('dim', new Date(time).toISOString().slice(11, 19));
  const extra = Object.entries(fields).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
  const { text, stack } = errorText(err);
  return [[at, ' ', ...label(level), `${msg}${extra.join('')}${text}`], ...stack];
}

function label(level: number): (string | Styled)[] {
  if (level >= ERROR) return [styled('red', 'error'), ' '];
  if (level >= WARN) return [styled('yellow', 'warning'), ' '];
  return [];
}

function errorText(error: unknown): { text: string; stack: readonly string[] } {
  if (typeof error !== 'object' || error === null) return { text: '', stack: [] };
  const { message, code, stack } = error as { message?: string; code?: string; stack?: readonly string[] };
  const [first = message, ...rest] = stack ?? [];
  return { text: `: ${first}${code === undefined ? '' : ` (${code})`}`, stack: rest };
}
