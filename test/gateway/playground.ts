import { runInNewContext } from 'node:vm';
import type { DocumentNode } from 'graphql';
import { vi } from 'vitest';

export type Fetcher = (
  params: { query: string; operationName?: string },
  options: { documentAST: DocumentNode; headers?: Record<string, string> },
) => unknown;

/** The props that the page passes to GraphiQL. */
export interface Given {
  readonly fetcher: Fetcher;
  readonly defaultQuery: string;
  readonly query?: string;
  readonly variables?: string;
  readonly operationName?: string;
  readonly onTabChange: (state: { tabs: object[]; activeTabIndex: number }) => void;
}

export interface PlaygroundOptions {
  /** The query string of the page's address, with its question mark [none]. */
  readonly search?: string;
  /** GraphiQL's own fetcher, which answers everything but subscriptions [none]. */
  readonly ownFetcher?: unknown;
  /** Called with the page's address when it changes. */
  readonly onAddress?: (to: string) => void;
}

/** Runs the start script of the page as a browser would. @param url of the gateway @returns what it passes to GraphiQL */
export async function openPlayground(url: string, options: PlaygroundOptions = {}): Promise<Given> {
  const { search = '', ownFetcher, onAddress = () => {} } = options;
  const script = await (await fetch(`${url}/graphiql/start.js`)).text();
  const GraphiQL = { createFetcher: () => ownFetcher };
  const createElement = vi.fn();
  const rendered = Promise.withResolvers<void>();
  runInNewContext(script, {
    window: { React: { createElement }, ReactDOM: { createRoot: () => ({ render: rendered.resolve }) }, GraphiQL },
    document: { getElementById: () => null },
    location: { href: `${url}/graphiql${search}`, pathname: '/graphiql', search },
    history: { replaceState: (_state: null, _title: string, to: string) => onAddress(to) },
    fetch,
    URL,
    URLSearchParams,
    AbortController,
    AbortSignal,
    TextDecoderStream,
  });
  await rendered.promise;
  const [component, given] = createElement.mock.calls[0]!;
  if (component !== GraphiQL) throw new Error('the page shows something else than GraphiQL');
  return given;
}
