/** What the system refuses a file or a folder with, in our words. */
const MEANINGS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'this user has no permission',
  EPERM: 'this user has no permission',
  EROFS: 'its disk is read-only',
  ENOSPC: 'its disk is full',
  EDQUOT: "this user's quota on its disk is used up",
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  EEXIST: 'it exists already',
  ELOOP: 'its symbolic links form a loop',
  ENAMETOOLONG: 'its name is too long',
  EMFILE: 'this program has reached its limit of open files',
  ENFILE: 'this machine has reached its limit of open files',
  EBUSY: 'another program uses it',
  ETXTBSY: 'another program uses it',
  EIO: 'its disk cannot be read or written',
  ESTALE: 'its disk was removed',
  ENODEV: 'its disk was removed',
  ENXIO: 'it is not a file that can be opened',
  EINVAL: 'its file system does not support that',
  ENOTSUP: 'its file system does not support that',
};

/** Why the system does not do something with a file: a clause, with the system's code. Which file, the caller says. */
export function fileFailure(error: unknown): string {
  const { code = 'UNKNOWN' } = error as NodeJS.ErrnoException;
  return `${MEANINGS[code] ?? 'the system refuses to use it'} (${code})`;
}
