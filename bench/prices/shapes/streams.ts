import type { Landmarks } from '../crafted-chain.ts';
import { byEvents, bySocket, type Shape } from '../shape.ts';
import { equalFields, unclosed, unknownNames } from './texts.ts';

const ALL = Number.POSITIVE_INFINITY;
const REPLAY = `subscription ($after: EventCursor) {
  transactions(after: $after) { cursor kind transaction { txid } } }`;
const DETAILS = `subscription ($after: EventCursor) { transactions(after: $after) { kind transaction { fee
  inputs(first: 5) { spentOutput { address } } outputs(first: 5) { address value data { pushes { utf8 } } } } } }`;
const BLOCKS = 'subscription { blocks { kind } }';

/** Subscriptions over server-sent events and over a WebSocket. @param after a cursor before all events */
export function streams({ events }: Landmarks, after: string): Shape[] {
  return [
    ...[byEvents, bySocket].flatMap((by) => [
      ...by(ALL, {
        'a query': '{ chain { network } }',
        'a query for a list': '{ transactions(first: 100) { nodes { txid fee } } }',
        'no GraphQL, 4 KB': unclosed(4_000),
        'no GraphQL, 100 KB': unclosed(100_000),
        'unknown names, 4 KB': unknownNames(4_000),
        'equal fields, 4.9 KB': equalFields(4_900),
      }),
      ...by(ALL, { 'a cursor that is none': REPLAY }, { after: 'AAAA' }),
      ...by(1, { 'a subscription for one event': REPLAY }, { after }),
      ...by(events, { '10,000 events again': REPLAY }, { after }),
      ...by(Math.ceil(events / 10), { '1,000 events again, with payments': DETAILS }, { after }),
    ]),
    // Over a WebSocket, no message says that it has begun.
    ...byEvents(0, { 'a subscription, opened and closed': BLOCKS }),
  ];
}
