/** What the system refuses a file or a folder with, in our words. */
const MEANINGS: Readonly<Record<string, string>> = {
  ENOENT: 'it is not there',
  EACCES: 'this user may not use it',
  EPERM: 'this user may not use it',
  EROFS: 'its disk can only be read',
  ENOSPC: 'its disk is full',
  EDQUOT: 'this user may have no more on its disk',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is no folder',
  EEXIST: 'something is there already',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  EMFILE: 'this program has as many files open as it may',
  ENFILE: 'this machine has as many files open as it may',
  EBUSY: 'something else uses it',
  ETXTBSY: 'something else uses it',
  EIO: 'its disk cannot be read or written',
  ESTALE: 'its disk is gone',
  ENODEV: 'its disk is gone',
  ENXIO: 'it is no file that can be opened',
  EINVAL: 'its disk does not do that',
  ENOTSUP: 'its disk does not do that',
};

/** Why the system does not do something with a file: a clause, with the system's code. Which file, the caller says. */
export function fileFailure(error: unknown): string {
  const { code = 'UNKNOWN' } = error as NodeJS.ErrnoException;
  return `${MEANINGS[code] ?? 'the system does not let it be used'} (${code})`;
}
