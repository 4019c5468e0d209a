import Negotiator from 'negotiator';

/** The media types of GraphQL over HTTP in which an answer is one JSON text. */
export type JsonMedia = 'application/json' | 'application/graphql-response+json';

/** Which of our answer formats a client accepts. */
export interface AcceptedMedia {
  /** The one it prefers; null if it accepts none. */
  readonly json: JsonMedia | null;
  /** Whether it accepts server-sent events. */
  readonly events: boolean;
}

export const EVENTS_MEDIA = 'text/event-stream';

/** What a client without the header accepts, as GraphQL over HTTP says. */
const UNSAID: AcceptedMedia = { json: 'application/graphql-response+json', events: true };
/** Our media types with their encoding are the same as without. Of equally preferred types, the first is used. */
const JSON_MEDIA = withEncoding(['application/json', 'application/graphql-response+json']);
const EVENTS = withEncoding([EVENTS_MEDIA]);

/** Reads an `Accept` header (RFC 9110, 12.5.1): weights count, then the order. */
export function acceptedMedia(accept: string | undefined): AcceptedMedia {
  if (accept === undefined || accept.trim() === '') return UNSAID;
  const negotiator = new Negotiator({ headers: { accept } });
  const json = negotiator.mediaType(JSON_MEDIA)?.split(';')[0] as JsonMedia | undefined;
  return { json: json ?? null, events: negotiator.mediaType(EVENTS) !== undefined };
}

/** Whether a client accepts server-sent events and no JSON: then queries are answered by events, too. */
export function acceptsEventsAlone(accept: string | undefined): boolean {
  if (accept === undefined || !/text\/|\*\/\*/i.test(accept)) return false;
  const { json, events } = acceptedMedia(accept);
  return events && json === null;
}

/** The media type of a refusal: JSON, whatever the client accepts. */
export function refusalMedia(accept: string | undefined): JsonMedia {
  return acceptedMedia(accept).json ?? 'application/json';
}

function withEncoding(media: readonly string[]): string[] {
  return media.flatMap((type) => [type, `${type}; charset=utf-8`]);
}
