import type { Static } from 'typebox';
import { conditions } from './conditions.ts';
import type { CustomResource } from './custom-resource.ts';
import { HTTP_URL, keyReference, objectName, reference } from './fields.ts';
import { choice, flag, foreign, integer, list, object, optional, text, time } from './schema.ts';

const hash = (description: string) => text(description, { maxLength: 64, pattern: '^[0-9a-f]{64}$' });
const height = (description: string) => integer(description, { minimum: 0, maximum: 2 ** 31 - 1 });
const counter = (description: string) => integer(description, { minimum: 0, maximum: 2 ** 53 - 1 });

const TRIGGER_EVENTS = ['BlockConnected', 'BlockDisconnected', 'Synced', 'ChainSplit', 'TransactionMatched'] as const;

const index = object(
  'The API that finds the matching transactions: a BitcoinIndex of the same chain, or a BitQL gateway elsewhere.',
  {
    name: optional(objectName('A BitcoinIndex in the same namespace.')),
    url: optional(text('The GraphQL URL of a gateway.', { maxLength: 512, pattern: HTTP_URL })),
    apiKeySecretRef: optional(keyReference('A Secret with an API key for it.', 'key')),
  },
  { rules: [{ rule: 'has(self.name) != has(self.url)', message: 'give either name or url' }] },
);

const template = object('An object to create.', {
  name: text('The name of the template, which is part of the names of the created objects.', {
    maxLength: 16,
    minLength: 1,
    pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
  }),
  concurrencyPolicy: choice(
    'What happens if an earlier object of this template is still running: both run (Allow), the new one is not created (Forbid), or the ' +
      'earlier one is deleted (Replace).',
    ['Allow', 'Forbid', 'Replace'],
    { default: 'Allow' },
  ),
  manifest: foreign(
    'The object, by default a Job. $(EVENT), $(BLOCK_HASH), $(BLOCK_HEIGHT), $(BLOCK_TIME), $(BLOCK_PREVIOUS_HASH) and $(TXID) ' +
      'are replaced in every text; containers also have them in their environment. BLOCK_TIME is in Unix seconds. ' +
      'Its metadata may have labels and annotations only; the operator generates the name.',
    {
      apiVersion: text('The group and version of its kind.', { maxLength: 317, default: 'batch/v1' }),
      kind: text('Its kind.', { maxLength: 63, default: 'Job' }),
    },
  ),
});

const spec = object(
  'The desired state of the trigger: the events of a chain, and the objects to create.',
  {
    nodeRef: reference('The BitcoinNode whose chain is watched.'),
    event: choice(
      'The event: a block was added to the main chain, or removed from it by a reorganisation; the node became synced; its chain split; or ' +
        'a block contains a transaction that matches `filter`.',
      TRIGGER_EVENTS,
      { default: 'BlockConnected' },
    ),
    filter: optional(
      foreign(
        'TransactionMatched: the filter of `transactions(filter)` in GraphQL, for example {data: {pushes: {startsWith: {utf8: hello}}}}.',
      ),
    ),
    index: optional(index),
    maxMatchesPerBlock: integer(
      'TransactionMatched: the maximum number of matches per block that create objects. The first ones count.',
      {
        minimum: 1,
        maximum: 1_000,
        default: 100,
      },
    ),
    confirmations: integer(
      'The number of confirmations that a block needs; 1 for the newest block. BlockDisconnected is only for blocks that had as many.',
      {
        minimum: 1,
        maximum: 1_000,
        default: 1,
      },
    ),
    every: integer('Only blocks whose height is a multiple of this.', { minimum: 1, maximum: 10_000_000, default: 1 }),
    fromHeight: optional(
      height(
        'The first height to handle; backlog limits the number of blocks. Default: the blocks that get enough confirmations after the trigger first reached its node.',
      ),
    ),
    templates: list('The objects to create.', template, { minItems: 1, maxItems: 8, keys: ['name'] }),
    backlog: object(
      'What happens with blocks that arrived while the operator was not running, or while the node was downloading the existing chain.',
      {
        policy: choice(
          'Replay: they are handled, oldest first. Skip: only the newest one is handled.',
          ['Replay', 'Skip'],
          {
            default: 'Replay',
          },
        ),
        limit: integer('Replay: the maximum number of blocks to handle. The newest ones count.', {
          minimum: 1,
          maximum: 10_000,
          default: 144,
        }),
      },
      { default: {} },
    ),
    onReorg: choice(
      'What happens with the objects of a block that a reorganisation removes from the main chain. A block that comes back is not ' +
        'handled again.',
      ['Keep', 'DeleteOrphaned'],
      { default: 'Keep' },
    ),
    history: object(
      'The number of ended objects to keep, per template.',
      {
        succeeded: integer('The number of successful ones.', { minimum: 0, maximum: 1_000, default: 3 }),
        failed: integer('The number of failed ones.', { minimum: 0, maximum: 1_000, default: 3 }),
      },
      { default: {} },
    ),
    serviceAccountName: optional(
      objectName(
        'The ServiceAccount that creates the objects. It needs the rights to do so, and the operator the right to impersonate it. ' +
          'Required for kinds other than Job.',
      ),
    ),
    suspend: flag('No object is created while this is true. Blocks that arrive meanwhile count as backlog.', {
      default: false,
    }),
  },
  {
    rules: [
      { rule: 'self.nodeRef == oldSelf.nodeRef', message: 'the node cannot be changed: create another trigger' },
      { rule: 'self.event == oldSelf.event', message: 'the event cannot be changed: create another trigger' },
      {
        rule: "(self.event == 'TransactionMatched') == has(self.filter)",
        message: 'filter is required for TransactionMatched, and allowed only there',
        fieldPath: '.filter',
      },
      {
        rule: "(self.event == 'TransactionMatched') == has(self.index)",
        message: 'index is required for TransactionMatched, and allowed only there',
        fieldPath: '.index',
      },
      {
        rule: "has(self.serviceAccountName) || self.templates.all(t, t.manifest.kind == 'Job')",
        message: 'serviceAccountName is required for kinds other than Job',
        fieldPath: '.serviceAccountName',
      },
    ],
  },
);

const CONDITIONS = {
  Ready: 'the trigger watches its node and can create its objects.',
  NodeReady: 'the node answers.',
  IndexReady: 'TransactionMatched: the index answers, and has the blocks that the node has.',
  Allowed: 'the operator may create objects of these kinds, as serviceAccountName.',
  Suspended: 'spec.suspend is true.',
  Stalled: 'the trigger cannot continue until a user changes something.',
} as const;
export type BlockTriggerCondition = keyof typeof CONDITIONS;

const status = object('The observed state of the trigger.', {
  observedGeneration: optional(
    integer('The generation of the spec that this status is based on.', { minimum: 0, maximum: 2 ** 53 - 1 }),
  ),
  conditions: optional(conditions(CONDITIONS)),
  handled: optional(
    object('The newest handled block. All blocks before it were handled too.', {
      height: height('Its height.'),
      hash: hash('Its hash.'),
      time: time('When it was handled.'),
    }),
  ),
  recent: optional(
    list(
      'The latest handled blocks and events, newest first. They ensure that each is handled once, even if it comes back.',
      object('One of them.', {
        key: text('The hash of a block, or the time of another event.', { maxLength: 64 }),
        height: height('The height of the block.'),
      }),
      { maxItems: 256 },
    ),
  ),
  active: optional(
    list('The created objects that have not ended, oldest first.', text('Kind and name.', { maxLength: 320 }), {
      maxItems: 32,
    }),
  ),
  created: optional(counter('The number of created objects.')),
  skipped: optional(counter('The number of objects that were not created because of Forbid, Skip or a limit.')),
  orphaned: optional(counter('The number of objects that were deleted because their block left the main chain.')),
});

export type BlockTriggerSpec = Static<typeof spec>;
export type BlockTriggerStatus = Static<typeof status>;
export type BlockTriggerTemplate = BlockTriggerSpec['templates'][number];
export type TriggerEvent = BlockTriggerSpec['event'];

/** Creates Jobs, or other objects, for events of a chain. */
export const BLOCK_TRIGGER = {
  kind: 'BlockTrigger',
  plural: 'blocktriggers',
  singular: 'blocktrigger',
  shortNames: ['blktrig'],
  description:
    'Creates Jobs, or other objects of allowed kinds, on events of the chain of a BitcoinNode: once per block.',
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
