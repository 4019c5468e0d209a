import type { Option } from '../src/settings/option.ts';
import { webAddress } from '../src/settings/parsers.ts';

/** An address on the web as an option of the command line. */
export function endpointOption<T extends string | null>(fallback: T, description: string): Option<string | T> {
  return {
    placeholder: 'URL',
    fallback,
    fallbackText: fallback,
    expected: 'an address such as http://localhost:4000/graphql, with % / ? # in a password as %25 %2F %3F %23',
    description,
    environment: false,
    parse: webAddress,
  };
}
