/**
 * What a stranger may write: escapes of 7 and 8 bit, a line that looks like one of a log, other directions, breaks of lines, what has no
 * width, and that beyond 16 bits.
 */
export const HOSTILE_TEXT =
  '\x1b]0;pwn\x07\r\nFAKE LOG LINE \x7f\x80\x9b2J\u061c\u200e\u200f\u202a\u202e\u2066\u2069\u2028\u2029\u200b\ufeff\u{e0041}';

/** How it is to be shown. */
export const SHOWN_TEXT = String.raw`\u001b]0;pwn\u0007\u000d\u000aFAKE LOG LINE \u007f\u0080\u009b2J\u061c\u200e\u200f\u202a\u202e\u2066\u2069\u2028\u2029\u200b\ufeff\udb40\udc41`;

/** What no line of output may hold. */
export const UNSHOWN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
