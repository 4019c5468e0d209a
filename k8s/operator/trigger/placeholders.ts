import { VARIABLES, type Variables } from './occurrence.ts';

/** As Kubernetes has it for containers: $$(NAME) stands for the text $(NAME), which a container then sees. */
const PLACEHOLDER = new RegExp(`\\$\\$\\(|\\$\\((${VARIABLES.join('|')})\\)`, 'g');

/** A value of JSON with the variables in all of its texts; names of fields stay. */
export function filled<Value>(value: Value, variables: Variables): Value {
  return fill(value, variables) as Value;
}

function fill(value: unknown, variables: Variables): unknown {
  if (typeof value === 'string') return fillText(value, variables);
  if (Array.isArray(value)) return value.map((item) => fill(item, variables));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, fill(of, variables)]));
}

function fillText(text: string, variables: Variables): string {
  return text.replace(PLACEHOLDER, (found, name?: keyof Variables) => (name === undefined ? found : variables[name]));
}
