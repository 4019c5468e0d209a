/** How some bytes are shown: never as anything that a browser would run. */
export interface Media {
  readonly type: string;
  /** Whether a browser may show it; otherwise it saves it. */
  readonly isShown: boolean;
  /** The ending of a file with it. */
  readonly ending: string;
}

/** Bytes that are looked at to tell text from other data. */
const MAX_TEXT = 64 * 1024;
const MAX_JSON = 1024 * 1024;

const UNKNOWN: Media = { type: 'application/octet-stream', isShown: false, ending: 'bin' };
/** Also HTML and SVG, which hold scripts. */
const TEXT: Media = { type: 'text/plain; charset=utf-8', isShown: true, ending: 'txt' };
const JSON_TEXT: Media = { type: 'application/json; charset=utf-8', isShown: true, ending: 'json' };

/** Formats by what they begin with, from the file's first byte; a dot stands for any byte. */
const FORMATS: readonly (readonly [begin: RegExp, media: Media])[] = [
  [/^\x89PNG\r\n.\n/, image('png')],
  [/^\xff\xd8\xff/, image('jpeg')],
  [/^GIF8[79]a/, image('gif')],
  [/^RIFF.{4}WEBP/s, image('webp')],
  [/^.{4}ftypavi[fs]/s, image('avif')],
  [/^%PDF-\d/, { type: 'application/pdf', isShown: false, ending: 'pdf' }],
];

/** The media type of a transaction, which no bytes of strangers decide. */
export const TRANSACTION_MEDIA = UNKNOWN;

/** The media type of data, by what it begins with. */
export function mediaOf(bytes: Uint8Array): Media {
  const begin = latin1(bytes.subarray(0, 16));
  const format = FORMATS.find(([pattern]) => pattern.test(begin));
  if (format !== undefined) return format[1];
  if (!isText(bytes)) return UNKNOWN;
  return isJson(bytes) ? JSON_TEXT : TEXT;
}

/** Each byte as the character with its number. */
function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

function image(format: string): Media {
  return { type: `image/${format}`, isShown: true, ending: format };
}

/** Whether it begins with UTF-8 without control characters other than those of white space. */
function isText(bytes: Uint8Array): boolean {
  if (bytes.length === 0) return false;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, MAX_TEXT), {
      stream: bytes.length > MAX_TEXT,
    });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what tells text from other data
    return !/[\x00-\x08\x0b\x0e-\x1f\x7f]/.test(text);
  } catch {
    return false;
  }
}

function isJson(bytes: Uint8Array): boolean {
  if (bytes.length > MAX_JSON || !/^\s*[{[]/.test(latin1(bytes.subarray(0, 64)))) return false;
  try {
    JSON.parse(Buffer.from(bytes).toString());
    return true;
  } catch {
    return false;
  }
}
