// Tokens of service accounts: JSON Web Tokens this server issues (serviceaccounts/token) and accepts again.
// claims: what they say; signature: why they can be trusted; token-request: the subresource; validate-token: who they speak for.

export { issueToken } from './token-request.ts'
export { userOfToken } from './validate-token.ts'
