import type { KubernetesObject } from './resource.ts';

/** One line of a watch. Of an ERROR, the object is a Status. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: KubernetesObject;
}

/** etcd holds objects of 1.5 MiB at most; more is no watch. */
const MAX_LINE_LENGTH = 16 * 1024 * 1024;

/**
 * The events of a watch, one JSON object a line.
 * @param onBytes called whenever something comes
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
