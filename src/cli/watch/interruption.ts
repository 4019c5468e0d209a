/** The gateway is not heard at the moment: trying again helps. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
}
