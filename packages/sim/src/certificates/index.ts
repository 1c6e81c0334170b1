// Certificates for tests: certificate-authority.ts is what users call; certificate.ts, seeded-key.ts and der.ts make the bytes.

export {
  type AuthorityOptions,
  type CertificateAuthority,
  type CertificateRequest,
  createCertificateAuthority,
  createSelfSignedCertificate,
  type IssuedCertificate,
} from './certificate-authority.ts'
