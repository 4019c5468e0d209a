import { type Logger, pino } from 'pino';
import { requestFields } from '../src/gateway/observe/request-scope.ts';
import type { LogFormat, LogLevel } from '../src/settings/settings.ts';
import { fullStack } from './full-stack.ts';
import { type Line, type Styled, styled } from './line.ts';
import type { Terminal } from './terminal.ts';

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

/** Fields that hold secrets, wherever they stand: what libraries hang on their objects, too. */
const SECRET_FIELDS = ['authorization', 'proxy-authorization', 'cookie', 'password', 'pass', 'secret', 'token'];

const WARN = 40;
const ERROR = 50;

/** A log on the terminal's standard error. Secrets, in URLs too, never reach it. Lines on behalf of a request have its id. */
export function createLog({ level, format }: LogOptions, terminal: Terminal): Logger {
  const write = (line: string) => terminal.note(...(format === 'json' ? [line.trimEnd()] : asText(line)));
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

/** A field, and one of an object or of an object in that. */
function places(field: string): string[] {
  const name = `["${field}"]`;
  return [name, `*${name}`, `*.*${name}`];
}

/** What a log tells of an error. Nothing but these fields: clients hang requests, and so passwords, on their errors. */
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
