// Corefile: text to server blocks (parse.ts), zone names (zones.ts), errors in CoreDNS's words, kubeadm's default.

export { argumentError, CorefileError, notSimulated, parseError, pluginError } from './corefile-error.ts'
export { KUBEADM_COREFILE, kubeadmCorefile } from './default-corefile.ts'
export { corefileHash } from './fingerprint.ts'
export { parseCorefile, type Directive, type ServerBlock } from './parse.ts'
export { serverKeyOf, zonesOf } from './zones.ts'
