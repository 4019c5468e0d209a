/** The lines of the stack of an error and of what caused it. A message is one line, whatever it says. */
export function fullStack(error: Error): string[] {
  const lines = stackLines(String(error.stack));
  if (!(error.cause instanceof Error)) return lines;
  const [head, ...rest] = fullStack(error.cause);
  return [...lines, `caused by ${head}`, ...rest];
}

/** The places at the end of a stack have a line each. */
function stackLines(stack: string): string[] {
  const places = /(?:\n {4}at .*)*$/.exec(stack)![0];
  return [stack.slice(0, stack.length - places.length), ...places.split('\n').slice(1)];
}
