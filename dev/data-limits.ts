/** The most bytes of data that one transaction takes: a block has room for them, with what stands around them. */
export const MAX_DATA_BYTES = 990_000;
/** The most pushes of one transaction, whose opcodes a block has room for as well. */
export const MAX_PUSHES = 1_000;
