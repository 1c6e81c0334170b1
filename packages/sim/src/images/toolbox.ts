// Images whose point is their tools: what the pod's command says runs in the shell. Without a command they do what the real
// ones do: a shell reads end-of-file and ends with 0.

import type { Image } from './image.ts'

export const busybox: Image = {
  name: 'busybox',
  entrypoint: [],
  defaultArguments: ['sh'],
  ports: [],
  // The default busybox image is built with glibc since 1.36; its resolver behaves like it.
  libc: 'glibc',
  userland: 'busybox',
}

export const alpine: Image = { name: 'alpine', entrypoint: [], defaultArguments: ['/bin/sh'], ports: [], libc: 'musl' }

export const debian: Image = {
  name: 'debian',
  aliases: ['ubuntu', 'centos', 'fedora', 'rockylinux', 'bash', 'buildpack-deps'],
  entrypoint: [],
  defaultArguments: ['bash'],
  ports: [],
  libc: 'glibc',
}

export const curl: Image = {
  name: 'curlimages/curl',
  aliases: ['curl/curl', 'appropriate/curl', 'radial/busyboxplus'],
  // The entrypoint script runs what it is given, and curl when that starts with a dash.
  entrypoint: [],
  defaultArguments: ['curl'],
  ports: [],
  libc: 'musl',
}

export const netshoot: Image = {
  name: 'nicolaka/netshoot',
  aliases: ['wbitt/network-multitool', 'praqma/network-multitool'],
  entrypoint: [],
  defaultArguments: ['zsh'],
  ports: [],
  libc: 'musl',
}

/** The DNS debugging pod of the Kubernetes documentation: agnhost underneath, so that it pauses by default. */
export const dnsutils: Image = {
  name: 'e2e-test-images/jessie-dnsutils',
  aliases: ['dnsutils', 'jessie-dnsutils', 'tutum/dnsutils', 'kubernetes-e2e-test-images/dnsutils'],
  entrypoint: [],
  defaultArguments: ['sleep', 'infinity'],
  ports: [],
  libc: 'glibc',
}
