// Numbers that carry a check digit: credit cards and ISBNs. Source: kube-openapi pkg/internal/third_party/govalidator.

const CREDIT_CARD =
  /^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\d{3})\d{11})$/

/** Luhn's sum over the digits; anything else between them is ignored. */
export function isCreditCard(text: string): boolean {
  const digits = text.replace(/[^0-9]+/g, '')
  if (!CREDIT_CARD.test(digits)) return false
  let sum = 0
  for (const [place, digit] of [...digits].reverse().entries()) {
    const value = Number(digit) * (place % 2 === 1 ? 2 : 1)
    sum += value >= 10 ? (value % 10) + 1 : value
  }
  return sum % 10 === 0
}

export function isIsbn10(text: string): boolean {
  const digits = text.replace(/[\s-]+/g, '')
  if (!/^(?:[0-9]{9}X|[0-9]{10})$/.test(digits)) return false
  let sum = 0
  for (const [place, digit] of [...digits].entries()) {
    if (place < 9) sum += (place + 1) * Number(digit)
    else sum += 10 * (digit === 'X' ? 10 : Number(digit))
  }
  return sum % 11 === 0
}

export function isIsbn13(text: string): boolean {
  const digits = text.replace(/[\s-]+/g, '')
  if (!/^[0-9]{13}$/.test(digits)) return false
  let sum = 0
  for (let place = 0; place < 12; place++) sum += (place % 2 === 0 ? 1 : 3) * Number(digits.charAt(place))
  return Number(digits.charAt(12)) === (10 - (sum % 10)) % 10
}
