import { type ServerAddress, serveText, type TextServer } from '../../../src/text-server.ts';

/** What an operator says of itself: null if all is well, else what is not. */
export interface Health {
  live(): string | null;
  ready(): string | null;
}

const CHECKS = new Map<string, (health: Health) => string | null>([
  ['/livez', (health) => health.live()],
  ['/readyz', (health) => health.ready()],
]);

/** Serves /livez and /readyz for the probes of a Pod: 200, or 503 and the reason. */
export function serveHealth(health: Health, address: ServerAddress): Promise<TextServer> {
  return serveText({
    ...{ address, what: 'Health', flag: '--health' },
    answer: ({ url, method }, response) => {
      const check = method === 'GET' ? CHECKS.get(url ?? '') : undefined;
      if (check === undefined) return void response.writeHead(404).end('Use /livez and /readyz.\n');
      const problem = check(health);
      response.writeHead(problem === null ? 200 : 503, { 'Content-Type': 'text/plain' }).end(`${problem ?? 'ok'}\n`);
    },
  });
}
