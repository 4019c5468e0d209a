/** A command line or an environment that cannot be used: all that is wrong with it. Exit code 2. */
export class UsageError extends Error {
  readonly code = 'BAD_SETTING';
  readonly retryable = false;
  readonly mistakes: readonly string[];
  /** The command whose help tells more; undefined for the program's own. */
  readonly command: string | undefined;

  constructor(mistakes: readonly string[], command?: string) {
    super(mistakes.join(' '));
    this.name = 'UsageError';
    this.mistakes = mistakes;
    this.command = command;
  }
}
