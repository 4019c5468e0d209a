import type { ApiRequest } from './api-connection.ts';
import { type ClusterError, errorOfAnswer } from './cluster.ts';
import { collectionPath, type KubernetesObject, type Resource } from './resource.ts';

/** A selection of objects. */
export interface Selection {
  readonly resource: Resource;
  /** Undefined for all namespaces. */
  readonly namespace: string | undefined;
  readonly labelSelector: string | undefined;
  /** Whether only metadata is requested: that of a Secret has no secrets, and that of a Pod is small. */
  readonly metadataOnly: boolean;
}

const METADATA_TYPES = {
  list: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
  one: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
} as const;

/** A request for these objects. @param shape whether the answer is a list, or single objects as in a watch */
export function requestOf(
  { resource, namespace, labelSelector, metadataOnly }: Selection,
  shape: keyof typeof METADATA_TYPES,
  query: ApiRequest['query'],
): ApiRequest {
  const path = collectionPath(resource, namespace);
  const accept = metadataOnly ? METADATA_TYPES[shape] : 'application/json';
  return { method: 'GET', path, query: { labelSelector, ...query }, accept };
}

/** One page of a list. Its items do not say their kind. */
export interface ObjectPage {
  /** Older servers send null instead of an empty list. */
  readonly items: readonly KubernetesObject[] | null;
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
}

/** Which page is requested. */
export interface PageQuery {
  readonly limit: string;
  readonly continue: string | undefined;
}

const PAGE_SIZE = '500';

/** All pages of a list, one after the other. @param request asks the API for one of them */
export async function* listPages(
  request: (query: PageQuery) => Promise<ObjectPage>,
): AsyncGenerator<ObjectPage, void, undefined> {
  let rest: string | undefined;
  do {
    const page = await request({ limit: PAGE_SIZE, continue: rest });
    yield page;
    rest = page.metadata.continue === '' ? undefined : page.metadata.continue;
  } while (rest !== undefined);
}

/** One line of a watch. The object of an ERROR is a Status. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: KubernetesObject;
}

/** etcd stores objects of up to 1.5 MiB; a longer line is not from a watch. */
const MAX_LINE_LENGTH = 16 * 1024 * 1024;

/**
 * The events of a watch, one JSON object per line.
 * @param onBytes called whenever data arrives
 */
export async function* watchEvents(
  stream: ReadableStream<Uint8Array>,
  onBytes: () => void,
): AsyncGenerator<WatchEvent, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of stream) {
    onBytes();
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop()!;
    if (rest.length > MAX_LINE_LENGTH) throw new Error('a line of the watch is too long');
    for (const line of lines) if (line !== '') yield JSON.parse(line) as WatchEvent;
  }
}

/** The error that an event of type ERROR reports: its object is a Status. */
export function errorOfStatus({ plural }: Resource, status: KubernetesObject): ClusterError {
  const code = typeof status.code === 'number' ? status.code : 500;
  return errorOfAnswer(`a watch of ${plural}`, code, JSON.stringify(status));
}
