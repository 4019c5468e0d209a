/**
 * What every answer has, as Helmet would say it. Answers are data for programs of every origin, and nothing of them is ever
 * shown as a page; the playground has a policy of its own. That clients must use TLS is for the proxy to say that has it.
 */
export const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'cross-origin-resource-policy': 'cross-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;
