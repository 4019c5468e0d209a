import { lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { BitqlError } from '../src/errors.ts';
import type { Followed } from './settled.ts';

/** Where commands find a chain that runs: a file of this user, named after the port of its gateway, that nobody else reads. */
export function controlFile(port: number): string {
  return join(tmpdir(), `bitql-dev-${userInfo().username}-${port}.json`);
}

/** Writes it. Whoever has the port has taken the place of whoever left a file behind. */
export function writeControl(port: number, { nodeUrl, url }: Followed): void {
  const file = controlFile(port);
  rmSync(file, { force: true });
  // "wx": never through a link that somebody else put there.
  writeFileSync(file, JSON.stringify({ nodeUrl, url }), { mode: 0o600, flag: 'wx' });
}

/** @throws BitqlError NODE_UNREACHABLE where no chain runs for the port */
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

/** A folder for everybody may hold a file of that name from anybody. */
function isOwn(file: string): boolean {
  const found = lstatSync(file, { throwIfNoEntry: false });
  return found?.isFile() === true && found.uid === (process.getuid?.() ?? found.uid);
}
