import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { run } from './support.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { scripts } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as {
  scripts: Readonly<Record<string, string>>;
};
/** The commands as npm runs them. */
const COMMANDS = [
  ...Object.values(scripts).filter((script) => /^node .*\.ts$/.test(script)),
  ...Object.values(scripts).flatMap((script) => /^exec (node bin\/.*)$/.exec(script)?.[1] ?? []),
  'node node_modules/vitest/vitest.mjs run test/cli/usage',
];
const PRETEND = 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } })';

it.each(COMMANDS)('%s refuses a Node that is too old, in one sentence', async (command) => {
  const [, ...args] = command.split(' ');
  const old = ['--import', `data:text/javascript,${encodeURIComponent(PRETEND)}`];
  const { code, stdout, stderr } = await run(process.execPath, [...old, ...args], { cwd: ROOT });
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^BitQL needs Node\.js 24 or newer, and this is 20\.20\.2: .+\n$/);
});
