/** What the indexer tells, one line at a time. */
export interface IndexerLog {
  info(message: string): void;
  warn(message: string): void;
}
