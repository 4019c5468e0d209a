import type { NodeImplementation } from '../api/bitcoin-node.ts';

/** The day on which the images below were last compared with the published releases. */
export const LOOKED_AT = '2026-11-30';

/** The images of new nodes whose spec names none: patch releases of the series that the operator was tested with. */
export const NODE_IMAGES: Readonly<Record<NodeImplementation, string>> = {
  BitcoinCore: 'docker.io/bitcoin/bitcoin:29.4',
  BitcoinCashNode: 'docker.io/zquestz/bitcoin-cash-node:29.0.0',
  BitcoinSV: 'docker.io/bitcoinsv/bitcoin-sv:1.2.2',
};

/** The other images of docker-compose.yml. That file names them itself; a test compares it with this list. */
export const COMPOSE_IMAGES: readonly string[] = [
  'docker.io/library/caddy:2.11.4',
  'docker.io/prom/prometheus:v3.5.3',
  'docker.io/grafana/grafana:12.1.4',
];

/** The image of new databases. Before 8.0.17, anyone who can connect can read the server's memory (CVE-2025-14847). */
export const MONGODB_IMAGE = 'docker.io/library/mongo:8.0.32';
