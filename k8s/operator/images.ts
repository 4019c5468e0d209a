import type { NodeImplementation } from '../api/bitcoin-node.ts';

/** The day on which the images below were last held against what is published. */
export const LOOKED_AT = '2026-11-30';

/** What a node begins with whose spec names no image: patch releases of series that the operator was tested for. */
export const NODE_IMAGES: Readonly<Record<NodeImplementation, string>> = {
  BitcoinCore: 'docker.io/bitcoin/bitcoin:29.4',
  BitcoinCashNode: 'docker.io/zquestz/bitcoin-cash-node:29.0.0',
  BitcoinSV: 'docker.io/bitcoinsv/bitcoin-sv:1.2.2',
};

/** What docker-compose.yml runs beside a node and a database. It names them itself, and a test holds it against these. */
export const COMPOSE_IMAGES: readonly string[] = [
  'docker.io/library/caddy:2.11.4',
  'docker.io/prom/prometheus:v3.5.3',
  'docker.io/grafana/grafana:12.1.4',
];

/** What a database of the operator begins with. Below 8.0.17 anyone who reaches it reads its memory (CVE-2025-14847). */
export const MONGODB_IMAGE = 'docker.io/library/mongo:8.0.32';
