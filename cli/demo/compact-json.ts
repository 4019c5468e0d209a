/**
 * JSON for reading: what fits stands on one line, the rest is indented.
 * @param lead how far the line is taken already where the value begins, beyond its indent
 */
export function compactJson(value: unknown, width: number, indent = '', lead = 0): string {
  const line = JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ');
  if (indent.length + lead + line.length <= width || typeof value !== 'object' || value === null) return line;
  const inner = `${indent}  `;
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const members = Array.isArray(value)
    ? value.map((member) => compactJson(member, width, inner))
    : Object.entries(value).map(([name, member]) => {
        const label = `${JSON.stringify(name)}: `;
        return label + compactJson(member, width, inner, label.length);
      });
  return `${open}\n${inner}${members.join(`,\n${inner}`)}\n${indent}${close}`;
}
