/** The stack of an error and of what caused it. */
export function fullStack(error: Error): string {
  return error.cause instanceof Error ? `${error.stack}\ncaused by ${fullStack(error.cause)}` : String(error.stack);
}
