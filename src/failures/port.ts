const MEANINGS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something else listens there',
  EADDRNOTAVAIL: 'that address is none of this machine',
  EACCES: 'this user may not: ports below 1024 are for root',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  EAFNOSUPPORT: 'this machine does not speak that kind of address',
  EINVAL: 'that address cannot be listened at',
};

/** Why nobody can listen at a host and port: a clause, with the system's code. */
export function portFailure(error: unknown): string {
  const { code = 'UNKNOWN' } = error as NodeJS.ErrnoException;
  return `${MEANINGS[code] ?? 'the system does not let it'} (${code})`;
}
