const INTERVAL_MS = 2_000;

/** Reports the progress of a slow task on stderr every few seconds. */
export function progressOf(what: string, total: number): (done: number) => void {
  let next = performance.now() + INTERVAL_MS;
  return (done) => {
    if (performance.now() < next) return;
    next = performance.now() + INTERVAL_MS;
    console.error(`${what}: ${Math.floor((100 * done) / total)} %`);
  };
}
