import Negotiator from 'negotiator';

/** The media types of GraphQL over HTTP in which an answer is one JSON text. */
export type JsonMedia = 'application/json' | 'application/graphql-response+json';

/** In which of our forms a client takes answers. */
export interface AcceptedMedia {
  /** The one that it likes best; null where it takes none. */
  readonly json: JsonMedia | null;
  /** Whether it takes server-sent events. */
  readonly events: boolean;
}

export const EVENTS_MEDIA = 'text/event-stream';

/** What a client that leaves the header out takes, as GraphQL over HTTP has it. */
const UNSAID: AcceptedMedia = { json: 'application/graphql-response+json', events: true };
/** Ours with their encoding are the same as without. Of those that a client likes as well, the first is taken. */
const JSON_MEDIA = withEncoding(['application/json', 'application/graphql-response+json']);
const EVENTS = withEncoding([EVENTS_MEDIA]);

/** Reads a header `Accept` (RFC 9110, 12.5.1): weights count, then the order. */
export function acceptedMedia(accept: string | undefined): AcceptedMedia {
  if (accept === undefined || accept.trim() === '') return UNSAID;
  const negotiator = new Negotiator({ headers: { accept } });
  const json = negotiator.mediaType(JSON_MEDIA)?.split(';')[0] as JsonMedia | undefined;
  return { json: json ?? null, events: negotiator.mediaType(EVENTS) !== undefined };
}

/** Whether a client takes server-sent events and no JSON: then queries are answered by events, too. */
export function acceptsEventsAlone(accept: string | undefined): boolean {
  if (accept === undefined || !/text\/|\*\/\*/i.test(accept)) return false;
  const { json, events } = acceptedMedia(accept);
  return events && json === null;
}

/** As what a refusal is sent: as JSON, whatever the client takes. */
export function refusalMedia(accept: string | undefined): JsonMedia {
  return acceptedMedia(accept).json ?? 'application/json';
}

function withEncoding(media: readonly string[]): string[] {
  return media.flatMap((type) => [type, `${type}; charset=utf-8`]);
}
