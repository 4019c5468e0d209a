/* Descriptors of BIP 380 to 389, without those that have private keys: of these, BitQL refuses all. */

const FIXED = '03a34b99f22c790c4e36b2b3c2c35a36db06226e41c692fc82b8b56ac1c540c5bd';
const LONG =
  '04a34b99f22c790c4e36b2b3c2c35a36db06226e41c692fc82b8b56ac1c540c5bd5b8dec5235a0fa8722476c7709c02559e3aa73aa03918ba2d492eea75abea235';
const NOBODY = '50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0';
const XPUB_A =
  'xpub6ERApfZwUNrhLCkDtcHTcxd75RbzS1ed54G1LkBUHQVHQKqhMkhgbmJbZRkrgZw4koxb5JaHWkY4ALHY2grBGRjaDMzQLcgJvLJuZZvRcEL';
const XPUB_B =
  'xpub68NZiKmJWnxxS6aaHmn81bvJeTESw724CRDs6HbuccFQN9Ku14VQrADWgqbhhTHBaohPX4CjNLf9fq9MYo6oDaPPLPxSb7gwQN3ih19Zm4Y';
const XPUB_C =
  'xpub661MyMwAqRbcGDZQUKLqmWodYLcoBQnQH33yYkkF3jjxeLvY8qr2wWGEWkiKFaaQfJCoi3HeEq3Dc5DptfbCyjD38fNhSqtKc1UHaP4ba3t';
const XPUB_D =
  'xpub661MyMwAqRbcFW31YEwpkMuc5THy2PSt5bDMsktWQcFF8syAmRUapSCGu8ED9W6oDMSgv6Zz8idoc4a6mr8BDzTJY47LJhkJ8UB7WEGuduB';
const SIXTEEN = [
  '03669b8afcec803a0d323e9a17f3ea8e68e8abe5a278020a929adbec52421adbd0',
  '0260b2003c386519fc9eadf2b5cf124dd8eea4c4e68d5e154050a9346ea98ce600',
  '0362a74e399c39ed5593852a30147f2959b56bb827dfa3e60e464b02ccf87dc5e8',
  '0261345b53de74a4d721ef877c255429961b7e43714171ac06168d7e08c542a8b8',
  '02da72e8b46901a65d4374fe6315538d8f368557dda3a1dcf9ea903f3afe7314c8',
  '0318c82dd0b53fd3a932d16e0ba9e278fcc937c582d5781be626ff16e201f72286',
  '0297ccef1ef99f9d73dec9ad37476ddb232f1238aff877af19e72ba04493361009',
  '02e502cfd5c3f972fe9a3e2a18827820638f96b6f347e54d63deb839011fd5765d',
  '03e687710f0e3ebe81c1037074da939d409c0025f17eb86adb9427d28f0f7ae0e9',
  '02c04d3a5274952acdbc76987f3184b346a483d43be40874624b29e3692c1df5af',
  '02ed06e0f418b5b43a7ec01d1d7d27290fa15f75771cb69b642a51471c29c84acd',
  '036d46073cbb9ffee90473f3da429abc8de7f8751199da44485682a989a4bebb24',
  '02f5d1ff7c9029a80a4e36b9a5497027ef7f3e73384a4a94fbfe7c4e9164eec8bc',
  '02e41deffd1b7cce11cde209a781adcffdabd1b91c0ba0375857a2bfd9302419f3',
  '02d76625f7956a7fc505ab02556c23ee72d832f1bac391bcd2d3abce5710a13d06',
  '0399eb0a5487515802dc14544cf10b3666623762fbed2ec38a3975716e2c29c232',
].join(',');
const ORIGIN_KEY =
  'xpub69H7F5d8KSRgmmdJg2KhpAK8SR3DjMwAdkxj3ZuxV27CprR9LgpeyGmXUbC6wb7ERfvrnKZjXoUmmDznezpbZb7ap6r1D3tgFxHmwMkQTPH';

/** Descriptors with the first locking scripts that they produce, in hex. */
export const VALID: readonly (readonly [descriptor: string, ...scripts: string[]])[] = [
  [`pkh([deadbeef/1/2'/3/4']${FIXED})`, '76a9149a1c78a507689f6f54b847ad1cef1e614ee23f1e88ac'],
  [`pkh([deadbeef/1/2h/3/4h]${FIXED})`, '76a9149a1c78a507689f6f54b847ad1cef1e614ee23f1e88ac'],
  [`pkh(${LONG})`, '76a914b5bd079c4d57cc7fc28ecf8213a6b791625b818388ac'],
  [`sh(pk(${FIXED}))`, 'a9141857af51a5e516552b3086430fd8ce55f7c1a52487'],
  [`sh(pkh(${FIXED}))`, 'a9141a31ad23bf49c247dd531a623c2ef57da3c400c587'],
  [
    'pkh([bd16bee5/2147483647h]xpub69H7F5dQzmVd3vPuLKtcXJziMEQByuDidnX3YdwgtNsecY5HRGtAAQC5mXTt4dsv9RzyjgDjAQs9VGVV6ydYCHnprc9vvaA5YtqWyL6hyds/0)',
    '76a914ebdc90806a9c4356c1c88e42216611e1cb4c1c1788ac',
  ],
  [`wpkh(${FIXED})`, '00149a1c78a507689f6f54b847ad1cef1e614ee23f1e'],
  [
    `wpkh([ffffffff/13']${ORIGIN_KEY}/1/2/*)`,
    '0014326b2249e3a25d5dc60935f044ee835d090ba859',
    '0014af0bd98abc2f2cae66e36896a39ffe2d32984fb7',
    '00141fa798efd1cbf95cebf912c031b8a4a6e9fb9f27',
  ],
  [`wsh(pkh(${FIXED}))`, '0020338e023079b91c58571b20e602d7805fb808c22473cbc391a41b1bd3a192e75b'],
  [`wsh(pk(${FIXED}))`, '00202e271faa2325c199d25d22e1ead982e45b64eeb4f31e73dbdf41bd4b5fec23fa'],
  [`sh(wsh(pkh(${FIXED})))`, 'a914b61b92e2ca21bac1e72a3ab859a742982bea960a87'],
  [`sh(wsh(multi(16,${SIXTEEN})))`, 'a9147fc63e13dc25e8a95a3cee3d9a714ac3afd96f1e87'],
  [`tr(${FIXED.slice(2)})`, '512077aab6e066f8a7419c5ab714c12c67d25007ed55a43cadcacb4d7a970a093f11'],
  [
    `tr(${FIXED.slice(2)},pk(669b8afcec803a0d323e9a17f3ea8e68e8abe5a278020a929adbec52421adbd0))`,
    '512017cf18db381d836d8923b1bdb246cfcd818da1a9f0e6e7907f187f0b2f937754',
  ],
  [
    `tr(${FIXED.slice(2)},multi_a(1,669b8afcec803a0d323e9a17f3ea8e68e8abe5a278020a929adbec52421adbd0))`,
    '5120eb5bd3894327d75093891cc3a62506df7d58ec137fcd104cdd285d67816074f3',
  ],
  [
    `tr(${NOBODY},sortedmulti_a(2,${XPUB_A}/*,${XPUB_B}/0/0/*))`,
    '5120abd47468515223f58a1a18edfde709a7a2aab2b696d59ecf8c34f0ba274ef772',
    '5120fe62e7ed20705bd1d3678e072bc999acb014f07795fa02cb8f25a7aa787e8cbd',
    '51201311093750f459039adaa2a5ed23b0f7a8ae2c2ffb07c5390ea37e2fb1050b41',
  ],
];

/** Bare scripts: BIP 383 publishes them by themselves. Here they are in wsh(...), whose SHA-256 the test computes. */
export const BARE: readonly (readonly [script: string, ...scripts: string[]])[] = [
  [
    `sortedmulti(2,${XPUB_A}/*,${XPUB_B}/0/0/*)`,
    '5221025d5fc65ebb8d44a5274b53bac21ff8307fec2334a32df05553459f8b1f7fe1b62102fbd47cc8034098f0e6a94c6aeee8528abf0a2153a5d8e46d325b7284c046784652ae',
    '52210264fd4d1f5dea8ded94c61e9641309349b62f27fbffe807291f664e286bfbe6472103f4ece6dfccfa37b211eb3d0af4d0c61dba9ef698622dc17eecdf764beeb005a652ae',
    '5221022ccabda84c30bad578b13c89eb3b9544ce149787e5b538175b1d1ba259cbb83321024d902e1a2fc7a8755ab5b694c575fce742c48d9ff192e63df5193e4c7afe1f9c52ae',
  ],
];

/** The same in sh(...), which may have keys that are not compressed. */
export const BARE_IN_SH: typeof BARE = [
  [`multi(1,${FIXED},${LONG})`, `512103a34b99f22c790c4e36b2b3c2c35a36db06226e41c692fc82b8b56ac1c540c5bd41${LONG}52ae`],
  [
    `sortedmulti(1,${LONG},${FIXED})`,
    `512103a34b99f22c790c4e36b2b3c2c35a36db06226e41c692fc82b8b56ac1c540c5bd41${LONG}52ae`,
  ],
];

/** Descriptors with several paths, and those that they stand for (BIP 389). */
export const SEVERAL: readonly (readonly [descriptor: string, ...descriptors: string[]])[] = [
  [
    `wpkh([ffffffff/13h]${ORIGIN_KEY}/<1;3>/2/*)`,
    `wpkh([ffffffff/13h]${ORIGIN_KEY}/1/2/*)`,
    `wpkh([ffffffff/13h]${ORIGIN_KEY}/3/2/*)`,
  ],
  [
    `wsh(multi(2,${XPUB_A}/<1;2>/*,${XPUB_B}/<3;4>/0/*))`,
    `wsh(multi(2,${XPUB_A}/1/*,${XPUB_B}/3/0/*))`,
    `wsh(multi(2,${XPUB_A}/2/*,${XPUB_B}/4/0/*))`,
  ],
  [`pkh(${XPUB_D}/<0;1;2>)`, `pkh(${XPUB_D}/0)`, `pkh(${XPUB_D}/1)`, `pkh(${XPUB_D}/2)`],
  [
    `sh(multi(2,${XPUB_A}/<1;2;3>/0/*,${XPUB_B}/0/*,${XPUB_C}/0/0/<3;4;5>/*))`,
    `sh(multi(2,${XPUB_A}/1/0/*,${XPUB_B}/0/*,${XPUB_C}/0/0/3/*))`,
    `sh(multi(2,${XPUB_A}/2/0/*,${XPUB_B}/0/*,${XPUB_C}/0/0/4/*))`,
    `sh(multi(2,${XPUB_A}/3/0/*,${XPUB_B}/0/*,${XPUB_C}/0/0/5/*))`,
  ],
];

/** What the BIPs call invalid, with a part of BitQL's message. */
export const INVALID: readonly (readonly [descriptor: string, message: string])[] = [
  ['wpkh()', 'key cannot be read'],
  [`pk(pk(${FIXED}))`, 'pk(KEY) by itself has no address'],
  [`pkh(pk(${FIXED}))`, 'only a key may be'],
  [`sh(${FIXED})`, 'Supported are'],
  [`sh(sh(pkh(${FIXED})))`, 'not supported at its place'],
  [`wpkh(${LONG})`, 'wpkh takes'],
  [`sh(wpkh(${LONG}))`, 'sh(wpkh) takes'],
  [`wsh(pk(${LONG}))`, 'wsh takes'],
  [`wsh(wpkh(${FIXED}))`, 'not supported at its place'],
  [`wsh(wsh(pkh(${FIXED})))`, 'not supported at its place'],
  [`sh(wsh(wsh(pkh(${FIXED}))))`, 'not supported at its place'],
  [`wpkh(wsh(pkh(${FIXED})))`, 'only a key may be'],
  [`wsh(${FIXED})`, 'Supported are'],
  [`sh(multi(16,${SIXTEEN}))`, '15 keys of 33 bytes'],
  [`wsh(multi(a,${FIXED},${FIXED}))`, 'how many of its keys must sign'],
  [`wsh(multi(0,${FIXED},${FIXED}))`, 'how many of its keys must sign'],
  [`wsh(multi(3,${FIXED},${FIXED}))`, 'how many of its keys must sign'],
  ['raw(deadbeef)#89f8spxm', 'raw(SCRIPT) has no address'],
  ['raw(deadbeef)#', 'checksum'],
  ['raw(deadbeef)#89f8spxmx', 'checksum'],
  ['raw(deadbeef)#89f8spx', 'checksum'],
  ['raw(deedbeef)#89f8spxm', 'checksum'],
  ['raw(deedbeef)##9f8spxm', 'checksum'],
  ['raw(Ü)#00000000', 'checksum'],
  ['addr(3PUNyaW7M55oKWJ3kDukwk9bsKvryra15j)', 'ask for `address`'],
  ['sh(addr(3PUNyaW7M55oKWJ3kDukwk9bsKvryra15j))', 'not supported at its place'],
  ['wsh(raw(deadbeef))', 'not supported at its place'],
  [`combo(${FIXED})`, 'one after another'],
  [`tr(${LONG})`, 'tr takes'],
  [`wsh(tr(${FIXED.slice(2)}))`, 'not supported at its place'],
  [`sh(tr(${FIXED.slice(2)}))`, 'not supported at its place'],
  [`tr(${FIXED.slice(2)},pkh(${FIXED}))`, 'not supported at its place'],
  [`multi_a(1,${FIXED})`, 'not supported at its place'],
  [`sh(multi_a(1,${FIXED}))`, 'not supported at its place'],
  [`wsh(multi_a(1,${FIXED}))`, 'not supported at its place'],
  [`tr(${NOBODY},multi_a(a,${FIXED}))`, 'how many of its keys must sign'],
  [`tr(${NOBODY},multi_a(0,${FIXED}))`, 'how many of its keys must sign'],
  [`tr(${NOBODY},multi_a(1,${LONG}))`, 'tr takes'],
  [`tr(${NOBODY},multi_a(3,${FIXED},${FIXED}))`, 'how many of its keys must sign'],
  [`wpkh([deadbeef/0h/0h/0h/*]${FIXED})`, 'key cannot be read'],
  [`wpkh([deadbeef/0h/0h/0h/]${FIXED})`, 'key cannot be read'],
  [`wpkh([deadbef/0h/0h/0h]${FIXED})`, 'key cannot be read'],
  [`wpkh([deadbeeef/0h/0h/0h]${FIXED})`, 'key cannot be read'],
  [`pkh([deadbeef/<0;1>]${XPUB_D}/0)`, 'key cannot be read'],
  [`tr(${XPUB_D}/<6;7;8;9>/*,{pk(${XPUB_A}/<1;2;3>/0/*),pk(${XPUB_C}/0/0/<3;4;5>/*)})`, 'different counts'],
  [`sh(multi(2,${XPUB_A}/<1;2;3>/0/*,${XPUB_B}/0/*,${XPUB_C}/0/0/<3;4>/*))`, 'different counts'],
  [`wpkh(${XPUB_D}/<>/*)`, 'path cannot be read'],
  [`wpkh(${XPUB_D}/0>/*)`, 'path cannot be read'],
  [`wpkh(${XPUB_D}/<0/*)`, 'path cannot be read'],
  [`wpkh(${XPUB_D}/<0;>/*)`, 'path cannot be read'],
];

/** With private keys, as the BIPs publish them. */
export const PRIVATE: readonly string[] = [
  'pkh(L4rK1yDtCWekvXuE6oXD9jCYfFNV2cWRpVuPLBcCU2z8TrisoyY1)',
  'pkh(5KYZdUEo39z3FPrtuX2QbbwGnNP5zTd7yyr2SC1j299sBCnWjss)',
  `wsh(multi(1,L4rK1yDtCWekvXuE6oXD9jCYfFNV2cWRpVuPLBcCU2z8TrisoyY1,${FIXED}))`,
  `wsh(multi(2,${XPUB_A}/*,[00000000/111'/222]xprvA1RpRA33e1JQ7ifknakTFpgNXPmW2YvmhqLQYMmrj4xJXXWYpDPS3xz7iAxn8L39njGVyuoseXzU6rcxFLJ8HFsTjSyQbLYnMpCqE2VbFWc))`,
  `tr(${NOBODY},{pk(xprvA2JDeKCSNNZky6uBCviVfJSKyQ1mDYahRjijr5idH2WwLsEd4Hsb2Tyh8RfQMuPh7f7RtyzTtdrbdqqsunu5Mm3wDvUAKRHSC34sJ7in334/0),pk(${FIXED})})`,
];
