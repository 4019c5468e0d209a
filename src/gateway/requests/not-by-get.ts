import { BitqlError } from '../../errors.ts';

/** Nothing is changed by a mere link: browsers follow one for any page, and fetch it again unasked. */
export function notByGet(): BitqlError {
  return new BitqlError('BAD_QUERY', 'Send mutations by POST.');
}
