import type { AccessStore, ApiKey } from '../../src/access/access-store.ts';
import { createKey } from '../../src/access/keys.ts';
import { STANDARD } from '../../src/access/tiers.ts';
import { BitqlError } from '../../src/errors.ts';
import { type Option, switchOption, type ValuesOf } from '../../src/settings/option.ts';
import { anyText } from '../../src/settings/parsers.ts';
import { settings } from '../../src/settings/settings.ts';
import { type Command, defineCommand, type Invocation } from '../command.ts';
import { LOG_SETTINGS, STORE_SETTINGS } from '../command-settings.ts';
import { linesOf } from '../terminal.ts';

const COMMON = { store: STORE_SETTINGS.store, logLevel: LOG_SETTINGS.logLevel };

const tier: Option<string> = {
  placeholder: 'TIER',
  fallback: STANDARD,
  fallbackText: STANDARD,
  expected: 'the name of a tier',
  description: 'The tier, which sets the limits of the key: standard, premium, or a tier in the file of --tiers.',
  environment: false,
  parse: anyText,
};

const ADD_OPTIONS = { ...COMMON, ...settings('tiers'), tier };
const LIST_OPTIONS = { ...COMMON, json: switchOption('Prints JSON.') };

const add = defineCommand({
  name: 'keys add',
  summary: 'Creates an API key and prints it once.',
  description:
    'Creates an API key and prints it. It cannot be printed again: the store has only its hash. All gateways of the store know it ' +
    'at once.',
  argument: { placeholder: 'NAME', required: true },
  examples: [
    ['bitql keys add alice', 'Creates a key of the tier "standard".'],
    [
      'bitql keys add bob --tier premium --store mongodb://localhost/bitql',
      'Creates a key for the gateways of an index in MongoDB.',
    ],
  ],
  options: ADD_OPTIONS,
  run: (invocation) => withAccess(invocation, addKey),
});

const list = defineCommand({
  name: 'keys list',
  summary: 'Lists the API keys.',
  description:
    'Lists the API keys by name, with their tier, the day of their creation, and their last use, to the hour.',
  argument: null,
  examples: [['bitql keys list', 'Of ./bitql.db.']],
  options: LIST_OPTIONS,
  run: (invocation) => withAccess(invocation, listKeys),
});

const revoke = defineCommand({
  name: 'keys revoke',
  summary: 'Revokes an API key.',
  description: 'Revokes an API key: within some seconds, no gateway of the store accepts it.',
  argument: { placeholder: 'NAME', required: true },
  examples: [['bitql keys revoke alice', 'Revokes it by its name. The id that "bitql keys list" shows works too.']],
  options: COMMON,
  run: (invocation) => withAccess(invocation, revokeKey),
});

export const keys: Command = defineCommand({
  name: 'keys',
  summary: 'Adds, lists and revokes API keys.',
  description:
    'API keys have higher limits than requests without a key. They are stored with the index, as hashes. Clients send them as ' +
    '"authorization: Bearer KEY".',
  argument: null,
  actions: [add, list, revoke],
  examples: add.examples,
  options: LIST_OPTIONS,
  run: (invocation) => withAccess(invocation, listKeys),
});

type KeyOptions = typeof COMMON;

async function withAccess<I extends { readonly options: ValuesOf<KeyOptions> }>(
  invocation: I,
  work: (access: AccessStore, invocation: I) => Promise<void>,
): Promise<number> {
  const [{ openAccess }, { requireFile }] = await Promise.all([
    import('../../src/access/open.ts'),
    import('../open-store.ts'),
  ]);
  requireFile(invocation.options.store);
  const access = openAccess(invocation.options.store);
  try {
    await work(access, invocation);
  } finally {
    await access.close();
  }
  return 0;
}

async function addKey(access: AccessStore, { argument, options, terminal }: Invocation<typeof ADD_OPTIONS>) {
  const { readTiers } = await import('../callers.ts');
  const known = Object.keys(readTiers(options.tiers));
  if (!known.includes(options.tier)) {
    throw new BitqlError(
      'BAD_SETTING',
      `There is no tier "${options.tier}": the tiers are ${known.join(', ')}. Other tiers need a file that defines them (--tiers).`,
    );
  }
  const { text, key } = createKey(argument, options.tier, Date.now());
  if (!(await access.addKey(key))) {
    throw new BitqlError('BAD_SETTING', `A key named "${argument}" exists already: revoke it, or use another name.`);
  }
  terminal.print(text);
  terminal.note(`The key of ${argument} (${options.tier}). It is not printed again.`);
}

async function listKeys(access: AccessStore, { options, terminal }: Invocation<typeof LIST_OPTIONS>) {
  const shown = (await access.keys()).map(shownKey);
  if (options.json) terminal.printAll(linesOf(JSON.stringify(shown, null, 2)));
  else if (shown.length === 0) terminal.print('There is no key: "bitql keys add NAME" creates one.');
  else for (const key of shown) terminal.print(lineOf(key));
}

async function revokeKey(access: AccessStore, { argument, terminal }: Invocation<KeyOptions>) {
  const found = (await access.keys()).find(({ id, name }) => name === argument || id === argument);
  if (found === undefined) {
    throw new BitqlError('BAD_SETTING', `There is no key named "${argument}": "bitql keys list" lists all keys.`);
  }
  await access.removeKey(found.id);
  terminal.print(`Revoked the key of ${found.name}.`);
}

type ShownKey = ReturnType<typeof shownKey>;

function shownKey({ id, name, tier: tierName, createdAt, lastUsedAt }: ApiKey) {
  return {
    id,
    name,
    tier: tierName,
    created: new Date(createdAt).toISOString(),
    lastUsed: lastUsedAt === null ? null : new Date(lastUsedAt).toISOString(),
  };
}

function lineOf({ id, name, tier: tierName, created, lastUsed }: ShownKey): string {
  const used = lastUsed === null ? 'never used' : `used ${lastUsed.slice(0, 13)}h`;
  return `${id}  ${name.padEnd(20)}  ${tierName.padEnd(10)}  made ${created.slice(0, 10)}, ${used}`;
}
