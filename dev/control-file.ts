import { lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { BitqlError } from '../src/errors.ts';
import type { Followed } from './queries.ts';

/** The file by which commands find a running chain: named after the port of its gateway, and readable only by this user. */
export function controlFile(port: number): string {
  return join(tmpdir(), `bitql-dev-${userInfo().username}-${port}.json`);
}

/** Writes it. It replaces the file of an earlier chain at the same port. */
export function writeControl(port: number, { nodeUrl, url }: Followed): void {
  const file = controlFile(port);
  rmSync(file, { force: true });
  // "wx" does not follow a link that somebody else made there.
  writeFileSync(file, JSON.stringify({ nodeUrl, url }), { mode: 0o600, flag: 'wx' });
}

/** @throws BitqlError NODE_UNREACHABLE if no chain runs at the port */
export function readControl(port: number): Followed {
  const file = controlFile(port);
  if (!isOwn(file)) throw noChain(port);
  return JSON.parse(readFileSync(file, 'utf8')) as Followed;
}

export function noChain(port: number, cause?: unknown): BitqlError {
  return new BitqlError(
    'NODE_UNREACHABLE',
    `No local chain is running at port ${port}: start one with "bitql dev", or give the --port of another one.`,
    cause,
  );
}

/** The temporary folder is shared, so another user may have made a file of that name. */
function isOwn(file: string): boolean {
  const found = lstatSync(file, { throwIfNoEntry: false });
  return found?.isFile() === true && found.uid === (process.getuid?.() ?? found.uid);
}
