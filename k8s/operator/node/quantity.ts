const FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The number that a quantity of Kubernetes means: 1.5Gi, 500m, 2. @throws TypeError for what is none */
export function quantityValue(quantity: string): number {
  const [, number, unit = ''] = /^([0-9]+(?:\.[0-9]+)?)([a-zA-Z]*)$/.exec(quantity) ?? [];
  const factor = FACTORS[unit];
  if (number === undefined || factor === undefined) throw new TypeError(`${quantity} is no quantity.`);
  return Number(number) * factor;
}
