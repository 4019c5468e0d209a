const QUANTITY = /^([+-]?)(\d+)(?:\.(\d*))?(n|u|m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi|E|Ei)?$/;
const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** Whether a text is an amount as Kubernetes writes them: 2, 500m, 1.5Gi. */
export function isQuantity(text: string): boolean {
  return QUANTITY.test(text);
}

/** Below, at or above 0 as the first is less than, equal to or more than the second. */
export function compareQuantities(a: string, b: string): number {
  const difference = billionths(a) - billionths(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** Rounded up, as Kubernetes does it; exact for amounts with up to nine decimals. */
function billionths(text: string): bigint {
  const [, sign, whole, decimals = '', suffix = ''] = QUANTITY.exec(text) ?? [];
  if (whole === undefined) throw new Error(`${text} is no quantity`);
  const scaled = BigInt(whole + decimals) * factor(suffix);
  const unit = 10n ** BigInt(decimals.length);
  const rounded = (scaled + unit - 1n) / unit;
  return sign === '-' ? -rounded : rounded;
}

function factor(suffix: string): bigint {
  const binary = BINARY.indexOf(suffix);
  return binary >= 0 ? 1024n ** BigInt(binary + 1) * 10n ** 9n : 1000n ** BigInt(DECIMAL.indexOf(suffix));
}
