/** What is known of an object. If nothing is, it is found out now, and known as long as the object is in use. */
export function remembered<Key extends object, Value>(
  known: WeakMap<Key, Value>,
  key: Key,
  findOut: (key: Key) => Value,
): Value {
  const before = known.get(key);
  if (before !== undefined) return before;
  const value = findOut(key);
  known.set(key, value);
  return value;
}
