// Whether a request goes to the canary: who has been with one of the two stays; then the header, the cookie, and chance decide.
// Source: ingress-nginx rootfs/etc/nginx/lua/balancer.lua (route_to_alternative_balancer).

import type { Random } from '@podwire/engine'
import { headerValue, type HttpRequest } from '../http/message.ts'
import type { CanaryRules } from '../nginx/annotations/canary.ts'
import { cookieValue } from '../nginx/variables.ts'

/** @param random the draw of the share; taken only when nothing else decides */
export function goesToCanary(rules: CanaryRules, request: HttpRequest, random: Random): boolean {
  const byHeader = headerVerdict(rules, request)
  if (byHeader !== undefined) return byHeader
  const cookie = rules.cookie === undefined ? undefined : cookieValue(request, rules.cookie)
  if (cookie === 'always') return true
  if (cookie === 'never') return false
  const total = rules.weightTotal > 100 ? rules.weightTotal : 100
  return random.integer(1, total) <= rules.weight
}

function headerVerdict(
  { header, headerValue: wanted, headerPattern }: CanaryRules,
  request: HttpRequest,
): boolean | undefined {
  const value = header === undefined ? undefined : headerValue(request.headers, header)
  if (value === undefined) return undefined
  if (wanted !== undefined) return wanted === value ? true : undefined
  if (headerPattern !== undefined) return headerPattern.test(value) ? true : undefined
  return value === 'always' ? true : value === 'never' ? false : undefined
}
