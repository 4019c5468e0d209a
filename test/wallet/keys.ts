import { createBase58check } from '@scure/base';
import { sha256 } from '../../src/chain/hash.ts';

const base58check = createBase58check(sha256);

/** Extended public keys of accounts of the words "abandon abandon ... about", as published: BIP 44, 49 (test network), 84, 86. */
export const PUBLISHED = {
  bip44:
    'xpub6BosfCnifzxcFwrSzQiqu2DBVTshkCXacvNsWGYJVVhhawA7d4R5WSWGFNbi8Aw6ZRc1brxMyWMzG3DSSSSoekkudhUd9yLb6qx39T9nMdj',
  bip49:
    'upub5EFU65HtV5TeiSHmZZm7FUffBGy8UKeqp7vw43jYbvZPpoVsgU93oac7Wk3u6moKegAEWtGNF8DehrnHtv21XXEMYRUocHqguyjknFHYfgY',
  bip84:
    'zpub6rFR7y4Q2AijBEqTUquhVz398htDFrtymD9xYYfG1m4wAcvPhXNfE3EfH1r1ADqtfSdVCToUG868RvUUkgDKf31mGDtKsAYz2oz2AGutZYs',
  bip86:
    'xpub6BgBgsespWvERF3LHQu6CnqdvfEvtMcQjYrcRzx53QJjSxarj2afYWcLteoGVky7D3UKDP9QyrLprQ3VCECoY49yfdDEHGCtMMj92pReUsQ',
} as const;

const PREFIXES = {
  ...{ xpub: 0x0488b21e, ypub: 0x049d7cb2, zpub: 0x04b24746, Ypub: 0x0295b43f, Zpub: 0x02aa7ed3 },
  ...{ tpub: 0x043587cf, upub: 0x044a5262, vpub: 0x045f1cf6, xprv: 0x0488ade4, tprv: 0x04358394 },
} as const;

/** The same key with other first letters, which say another network or kind. */
export function withPrefix(key: string, prefix: keyof typeof PREFIXES): string {
  const bytes = base58check.decode(key);
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(0, PREFIXES[prefix]);
  return base58check.encode(bytes);
}

/** After version, depth, fingerprint of the parent, and child number (BIP 32). */
const CHAIN_CODE_AT = 13;

/** A key that derives others, for each number. */
export function withOtherChainCode(key: string, number: number): string {
  const bytes = base58check.decode(key);
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(CHAIN_CODE_AT, number);
  return base58check.encode(bytes);
}
