import { switchOption } from '../../src/settings/option.ts';
import { settings } from '../../src/settings/settings.ts';

/** What `bitql demo` takes. */
export const DEMO_OPTIONS = {
  ...settings('host', 'port', 'cors'),
  noServe: switchOption('Ends after the three queries, without serving.'),
};
