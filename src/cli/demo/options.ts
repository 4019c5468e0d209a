import { switchOption } from '../../settings/option.ts';
import { settings } from '../../settings/settings.ts';

/** What `bitql demo` takes. */
export const DEMO_OPTIONS = {
  ...settings('host', 'port', 'cors'),
  noServe: switchOption('Ends after the three queries, without serving.'),
};
