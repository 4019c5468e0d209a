import type { Static } from 'typebox';
import { HTTP_URL, keyReference, objectName, reference } from './common.ts';
import { conditions } from './conditions.ts';
import type { CustomResource } from './custom-resource.ts';
import { choice, flag, foreign, integer, list, object, optional, text, time } from './schema.ts';

const hash = (description: string) => text(description, { maxLength: 64, pattern: '^[0-9a-f]{64}$' });
const height = (description: string) => integer(description, { minimum: 0, maximum: 2 ** 31 - 1 });
const counter = (description: string) => integer(description, { minimum: 0, maximum: 2 ** 53 - 1 });

export const TRIGGER_EVENTS = [
  'BlockConnected',
  'BlockDisconnected',
  'Synced',
  'ChainSplit',
  'TransactionMatched',
] as const;

const index = object(
  'Who is asked which transactions match: a BitcoinIndex of the same chain, or a BitQL gateway elsewhere.',
  {
    name: optional(objectName('A BitcoinIndex in the same namespace.')),
    url: optional(text('The GraphQL address of a gateway.', { maxLength: 512, pattern: HTTP_URL })),
    apiKeySecretRef: optional(keyReference('A Secret with an API key for it.', 'key')),
  },
  { rules: [{ rule: 'has(self.name) != has(self.url)', message: 'give either name or url' }] },
);

const template = object('One object that is made.', {
  name: text('What it is called in the names of what is made.', {
    maxLength: 16,
    minLength: 1,
    pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
  }),
  concurrencyPolicy: choice(
    'What happens while an earlier one of this template still runs: both run (Allow), the new one is left out (Forbid), or the ' +
      'earlier one is deleted (Replace).',
    ['Allow', 'Forbid', 'Replace'],
    { default: 'Allow' },
  ),
  manifest: foreign(
    'The object, by default a Job. $(EVENT), $(BLOCK_HASH), $(BLOCK_HEIGHT), $(BLOCK_TIME), $(BLOCK_PREVIOUS_HASH) and $(TXID) ' +
      'in any text become what happened; containers have them in their environment as well. BLOCK_TIME is in seconds since 1970. ' +
      'Of metadata it gives labels and annotations; its name is made by the operator.',
    {
      apiVersion: text('The group and version of its kind.', { maxLength: 317, default: 'batch/v1' }),
      kind: text('Its kind.', { maxLength: 63, default: 'Job' }),
    },
  ),
});

const spec = object(
  'What is made when something happens on a chain.',
  {
    nodeRef: reference('The BitcoinNode whose chain is watched.'),
    event: choice(
      'When: a block came onto the main chain, or left it in a reorganisation; the node became synced; its chain became split; or ' +
        'a block holds a transaction that matches `filter`.',
      TRIGGER_EVENTS,
      { default: 'BlockConnected' },
    ),
    filter: optional(
      foreign(
        'TransactionMatched: the filter of `transactions(filter)` in GraphQL, such as {data: {pushes: {startsWith: {utf8: hello}}}}.',
      ),
    ),
    index: optional(index),
    maxMatchesPerBlock: integer('TransactionMatched: the first so many matches of a block make something.', {
      minimum: 1,
      maximum: 1_000,
      default: 100,
    }),
    confirmations: integer(
      'How deep a block must be: 1, it is the newest. Only what was so deep can be disconnected.',
      {
        minimum: 1,
        maximum: 1_000,
        default: 1,
      },
    ),
    every: integer('Only heights that this divides.', { minimum: 1, maximum: 10_000_000, default: 1 }),
    fromHeight: optional(
      height(
        'No block below this; backlog limits how many. Default: those that become deep enough after the trigger has first met its node.',
      ),
    ),
    templates: list('What is made.', template, { minItems: 1, maxItems: 8, keys: ['name'] }),
    backlog: object(
      'What happens with blocks that came while nobody watched, or while the node was fetching a chain that was there already.',
      {
        policy: choice('Replay: they are handled, oldest first. Skip: only the newest one is.', ['Replay', 'Skip'], {
          default: 'Replay',
        }),
        limit: integer('Replay: the newest so many; older ones are left out.', {
          minimum: 1,
          maximum: 10_000,
          default: 144,
        }),
      },
      { default: {} },
    ),
    onReorg: choice(
      'What happens with what was made for a block that a reorganisation takes off the main chain. A block that comes back is not ' +
        'handled again.',
      ['Keep', 'DeleteOrphaned'],
      { default: 'Keep' },
    ),
    history: object(
      'How many that have ended are kept, of each template.',
      {
        succeeded: integer('Of those that succeeded.', { minimum: 0, maximum: 1_000, default: 3 }),
        failed: integer('Of those that failed.', { minimum: 0, maximum: 1_000, default: 3 }),
      },
      { default: {} },
    ),
    serviceAccountName: optional(
      objectName(
        'The ServiceAccount in whose name things are made: it needs the rights, and the operator the right to impersonate it. ' +
          'Needed for other kinds than Job.',
      ),
    ),
    suspend: flag('Nothing is made while this is true; what came meanwhile is backlog.', { default: false }),
  },
  {
    rules: [
      { rule: 'self.nodeRef == oldSelf.nodeRef', message: 'the node cannot be changed: make another trigger' },
      { rule: 'self.event == oldSelf.event', message: 'the event cannot be changed: make another trigger' },
      {
        rule: "(self.event == 'TransactionMatched') == has(self.filter)",
        message: 'filter is needed for TransactionMatched, and only for it',
        fieldPath: '.filter',
      },
      {
        rule: "(self.event == 'TransactionMatched') == has(self.index)",
        message: 'index is needed for TransactionMatched, and only for it',
        fieldPath: '.index',
      },
      {
        rule: "has(self.serviceAccountName) || self.templates.all(t, t.manifest.kind == 'Job')",
        message: 'serviceAccountName is needed for other kinds than Job',
        fieldPath: '.serviceAccountName',
      },
    ],
  },
);

const CONDITIONS = {
  Ready: 'it watches, and makes what it should.',
  NodeReady: 'the node can be asked.',
  IndexReady: 'TransactionMatched: the index can be asked, and has the blocks that the node has.',
  Allowed: 'the operator may make these kinds, in the name of serviceAccountName.',
  Suspended: 'spec.suspend is true.',
  Stalled: 'it cannot go on without a change by somebody.',
} as const;
export type BlockTriggerCondition = keyof typeof CONDITIONS;

const status = object('How far it is.', {
  observedGeneration: optional(
    integer('The generation of the spec that this is said of.', { minimum: 0, maximum: 2 ** 53 - 1 }),
  ),
  conditions: optional(conditions(CONDITIONS)),
  handled: optional(
    object('The newest block that was handled: all before it were.', {
      height: height('Its height.'),
      hash: hash('Its hash.'),
      time: time('When it was handled.'),
    }),
  ),
  recent: optional(
    list(
      'The latest blocks and occasions that were handled, newest first: so each is handled once, also when it comes back.',
      object('One of them.', {
        key: text('The hash of a block; or the time of an occasion.', { maxLength: 64 }),
        height: height('The height of the block.'),
      }),
      { maxItems: 256 },
    ),
  ),
  active: optional(
    list('What was made and has not ended, oldest first.', text('Kind and name.', { maxLength: 320 }), {
      maxItems: 32,
    }),
  ),
  created: optional(counter('How many objects were made.')),
  skipped: optional(counter('How many were left out, by Forbid, Skip or a limit.')),
  orphaned: optional(counter('How many were deleted with their block.')),
});

export type BlockTriggerSpec = Static<typeof spec>;
export type BlockTriggerStatus = Static<typeof status>;
export type BlockTriggerTemplate = BlockTriggerSpec['templates'][number];
export type TriggerEvent = BlockTriggerSpec['event'];

/** Makes Jobs, or other objects, when a block comes. */
export const BLOCK_TRIGGER = {
  kind: 'BlockTrigger',
  plural: 'blocktriggers',
  singular: 'blocktrigger',
  shortNames: ['blktrig'],
  description:
    'Makes Jobs, or other objects of allowed kinds, when something happens on the chain of a BitcoinNode: once for each block.',
  spec,
  status,
  selectableFields: ['.spec.nodeRef.name', '.spec.event'],
  columns: [
    { name: 'Event', type: 'string', jsonPath: '.spec.event' },
    { name: 'Node', type: 'string', jsonPath: '.spec.nodeRef.name' },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Height', type: 'integer', jsonPath: '.status.handled.height' },
    { name: 'Created', type: 'integer', jsonPath: '.status.created' },
    { name: 'Last', type: 'date', jsonPath: '.status.handled.time' },
    { name: 'Skipped', type: 'integer', jsonPath: '.status.skipped', priority: 1 },
    { name: 'Orphaned', type: 'integer', jsonPath: '.status.orphaned', priority: 1 },
    { name: 'Suspended', type: 'boolean', jsonPath: '.spec.suspend', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
} as const satisfies CustomResource;
