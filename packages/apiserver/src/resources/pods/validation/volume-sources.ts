// The kinds of volumes and their rules, in the order the server looks at them. Source: kubernetes core/validation
// (validateVolumeSource).

import type { Volume } from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { required } from '../../../validation/field-errors.ts'
import { validateClaimTemplate } from './claim-template.ts'
import {
  validateAwsElasticBlockStore,
  validateAzureDisk,
  validateAzureFile,
  validateCsi,
  validateFlexVolume,
  validateGcePersistentDisk,
  validateScaleIo,
  validateStorageOs,
} from './cloud-volumes.ts'
import {
  validateConfigMap,
  validateDownwardApi,
  validateEmptyDir,
  validateGitRepo,
  validateHostPath,
  validateImage,
  validateSecret,
} from './file-volumes.ts'
import {
  validateCinder,
  validateFibreChannel,
  validateFlocker,
  validateGlusterfs,
  validateIscsi,
  validateNfs,
  validateQuobyte,
} from './network-volumes.ts'
import { validateProjected } from './projected-volumes.ts'

export type VolumeSourceName = Exclude<keyof Volume, 'name'>

type SourceRule = (volume: Volume, path: string, errors: FieldError[], owner: { readonly isPod: boolean }) => void

/** A rule about one source that is there. */
function rule<Name extends VolumeSourceName>(
  name: Name,
  validate: (
    source: NonNullable<Volume[Name]>,
    path: string,
    errors: FieldError[],
    owner: { readonly isPod: boolean },
  ) => void,
  field: string = name,
): SourceRule {
  return (volume, path, errors, owner) => {
    const source = volume[name]
    if (source !== undefined) validate(source, `${path}.${field}`, errors, owner)
  }
}

/** Fields that must not be empty, and nothing else. */
function needs(...fields: readonly string[]): (source: object, path: string, errors: FieldError[]) => void {
  return (source, path, errors) => {
    const values = new Map<string, unknown>(Object.entries(source))
    for (const field of fields) if (isEmpty(values.get(field))) errors.push(required(`${path}.${field}`))
  }
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
}

export const VOLUME_SOURCES: Readonly<Record<VolumeSourceName, SourceRule>> = {
  emptyDir: rule('emptyDir', validateEmptyDir),
  hostPath: rule('hostPath', validateHostPath),
  gitRepo: rule('gitRepo', validateGitRepo),
  gcePersistentDisk: rule('gcePersistentDisk', validateGcePersistentDisk, 'persistentDisk'),
  awsElasticBlockStore: rule('awsElasticBlockStore', validateAwsElasticBlockStore),
  secret: rule('secret', validateSecret),
  nfs: rule('nfs', validateNfs),
  iscsi: rule('iscsi', validateIscsi),
  glusterfs: rule('glusterfs', validateGlusterfs),
  flocker: rule('flocker', validateFlocker),
  persistentVolumeClaim: rule('persistentVolumeClaim', needs('claimName')),
  rbd: rule('rbd', needs('monitors', 'image')),
  cinder: rule('cinder', validateCinder),
  cephfs: rule('cephfs', needs('monitors')),
  quobyte: rule('quobyte', validateQuobyte),
  downwardAPI: rule('downwardAPI', validateDownwardApi),
  fc: rule('fc', validateFibreChannel),
  flexVolume: rule('flexVolume', validateFlexVolume),
  configMap: rule('configMap', validateConfigMap),
  azureFile: rule('azureFile', validateAzureFile),
  vsphereVolume: rule('vsphereVolume', needs('volumePath')),
  photonPersistentDisk: rule('photonPersistentDisk', needs('pdID')),
  portworxVolume: rule('portworxVolume', needs('volumeID')),
  azureDisk: rule('azureDisk', validateAzureDisk),
  storageos: rule('storageos', validateStorageOs),
  projected: rule('projected', validateProjected),
  scaleIO: rule('scaleIO', validateScaleIo),
  csi: rule('csi', validateCsi),
  ephemeral: rule('ephemeral', validateClaimTemplate),
  image: rule('image', validateImage),
}
