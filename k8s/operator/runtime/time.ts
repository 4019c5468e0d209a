/** A time as Kubernetes writes it: RFC 3339 in whole seconds. @param ms since 1970 */
export function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** The same with six digits of a second, which Leases need. */
export function microTimeText(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
