// The internal structs that stand in the server's messages, one a line: fields in Go's order with the kind of their value. A table of
// names and order from kubernetes pkg/apis/*/types.go (1.34, with the fields 1.35 and 1.36 added).
// `Name:s` is a string, `i` a number (or an IntOrString), `b` a boolean, `q` a quantity, `t` a time, `n` what is null when absent, `m` a
// map (null when absent, keys sorted), `core.X` a struct, `*core.X` a pointer to one, `[]core.X` a slice of them; `+core.X` is embedded.
// `Name=wire:…` where the wire's name is not the Go name with a small first word; `?name:…` has a JSON tag with omitempty.

export const STRUCT_TABLE = `
apps.DaemonSetSpec Selector:*meta.LabelSelector Template:core.PodTemplateSpec UpdateStrategy:apps.DaemonSetUpdateStrategy MinReadySeconds:i TemplateGeneration:i RevisionHistoryLimit:n
apps.DaemonSetUpdateStrategy Type:s RollingUpdate:*apps.RollingUpdateDaemonSet
apps.DeploymentSpec Replicas:i Selector:*meta.LabelSelector Template:core.PodTemplateSpec Strategy:apps.DeploymentStrategy MinReadySeconds:i RevisionHistoryLimit:n Paused:b RollbackTo:*apps.RollbackConfig ProgressDeadlineSeconds:n
apps.DeploymentStrategy Type:s RollingUpdate:*apps.RollingUpdateDeployment
apps.ReplicaSetSpec Replicas:i MinReadySeconds:i Selector:*meta.LabelSelector Template:core.PodTemplateSpec
apps.RollbackConfig Revision:i
apps.RollingUpdateDaemonSet MaxUnavailable:i MaxSurge:i
apps.RollingUpdateDeployment MaxUnavailable:i MaxSurge:i
apps.RollingUpdateStatefulSetStrategy Partition:i MaxUnavailable:n
apps.StatefulSetOrdinals Start:i
apps.StatefulSetPersistentVolumeClaimRetentionPolicy WhenDeleted:s WhenScaled:s
apps.StatefulSetSpec Replicas:i Selector:*meta.LabelSelector Template:core.PodTemplateSpec VolumeClaimTemplates:[]core.PersistentVolumeClaim ServiceName:s PodManagementPolicy:s UpdateStrategy:apps.StatefulSetUpdateStrategy RevisionHistoryLimit:n MinReadySeconds:i PersistentVolumeClaimRetentionPolicy:*apps.StatefulSetPersistentVolumeClaimRetentionPolicy Ordinals:*apps.StatefulSetOrdinals
apps.StatefulSetUpdateStrategy Type:s RollingUpdate:*apps.RollingUpdateStatefulSetStrategy
authorization.FieldSelectorAttributes RawSelector:s Requirements:[]meta.FieldSelectorRequirement
authorization.LabelSelectorAttributes RawSelector:s Requirements:[]meta.LabelSelectorRequirement
authorization.NonResourceAttributes Path:s Verb:s
authorization.ResourceAttributes Namespace:s Verb:s Group:s Version:s Resource:s Subresource:s Name:s FieldSelector:*authorization.FieldSelectorAttributes LabelSelector:*authorization.LabelSelectorAttributes
authorization.SelfSubjectAccessReviewSpec ResourceAttributes:*authorization.ResourceAttributes NonResourceAttributes:*authorization.NonResourceAttributes
authorization.SubjectAccessReviewSpec ResourceAttributes:*authorization.ResourceAttributes NonResourceAttributes:*authorization.NonResourceAttributes User:s Groups:n Extra:m UID:s
autoscaling.ContainerResourceMetricSource Name:s Container:s Target:autoscaling.MetricTarget
autoscaling.CrossVersionObjectReference Kind:s Name:s APIVersion:s
autoscaling.ExternalMetricSource Metric:autoscaling.MetricIdentifier Target:autoscaling.MetricTarget
autoscaling.HPAScalingPolicy Type:s Value:i PeriodSeconds:i
autoscaling.HPAScalingRules StabilizationWindowSeconds:n SelectPolicy:n Policies:[]autoscaling.HPAScalingPolicy Tolerance:n
autoscaling.HorizontalPodAutoscalerBehavior ScaleUp:*autoscaling.HPAScalingRules ScaleDown:*autoscaling.HPAScalingRules
autoscaling.HorizontalPodAutoscalerSpec ScaleTargetRef:autoscaling.CrossVersionObjectReference MinReplicas:n MaxReplicas:i Metrics:[]autoscaling.MetricSpec Behavior:*autoscaling.HorizontalPodAutoscalerBehavior
autoscaling.MetricIdentifier Name:s Selector:*meta.LabelSelector
autoscaling.MetricSpec Type:s Object:*autoscaling.ObjectMetricSource Pods:*autoscaling.PodsMetricSource Resource:*autoscaling.ResourceMetricSource ContainerResource:*autoscaling.ContainerResourceMetricSource External:*autoscaling.ExternalMetricSource
autoscaling.MetricTarget Type:s Value:n AverageValue:n AverageUtilization:n
autoscaling.ObjectMetricSource DescribedObject:autoscaling.CrossVersionObjectReference Target:autoscaling.MetricTarget Metric:autoscaling.MetricIdentifier
autoscaling.PodsMetricSource Metric:autoscaling.MetricIdentifier Target:autoscaling.MetricTarget
autoscaling.ResourceMetricSource Name:s Target:autoscaling.MetricTarget
batch.CronJobSpec Schedule:s TimeZone:n StartingDeadlineSeconds:n ConcurrencyPolicy:s Suspend:n JobTemplate:batch.JobTemplateSpec SuccessfulJobsHistoryLimit:n FailedJobsHistoryLimit:n
batch.JobCondition Type:s Status:s LastProbeTime:t LastTransitionTime:t Reason:s Message:s
batch.JobSpec Parallelism:n Completions:n PodFailurePolicy:*batch.PodFailurePolicy SuccessPolicy:*batch.SuccessPolicy ActiveDeadlineSeconds:n BackoffLimit:n BackoffLimitPerIndex:n MaxFailedIndexes:n Selector:*meta.LabelSelector ManualSelector:n Template:core.PodTemplateSpec TTLSecondsAfterFinished:n CompletionMode:n Suspend:n PodReplacementPolicy:n ManagedBy:n
batch.JobStatus Conditions:[]batch.JobCondition StartTime:n CompletionTime:n Active:i Terminating:n Ready:n Succeeded:i Failed:i CompletedIndexes:s FailedIndexes:n UncountedTerminatedPods:*batch.UncountedTerminatedPods
batch.JobTemplateSpec +meta.ObjectMeta Spec:batch.JobSpec
batch.PodFailurePolicy Rules:[]batch.PodFailurePolicyRule
batch.PodFailurePolicyOnExitCodesRequirement ContainerName:n Operator:s Values:n
batch.PodFailurePolicyOnPodConditionsPattern Type:s Status:s
batch.PodFailurePolicyRule Action:s OnExitCodes:*batch.PodFailurePolicyOnExitCodesRequirement OnPodConditions:[]batch.PodFailurePolicyOnPodConditionsPattern
batch.SuccessPolicy Rules:[]batch.SuccessPolicyRule
batch.SuccessPolicyRule SucceededIndexes:n SucceededCount:n
batch.UncountedTerminatedPods Succeeded:n Failed:n
core.AWSElasticBlockStoreVolumeSource VolumeID:s FSType:s Partition:i ReadOnly:b
core.Affinity NodeAffinity:*core.NodeAffinity PodAffinity:*core.PodAffinity PodAntiAffinity:*core.PodAntiAffinity
core.AppArmorProfile Type:s LocalhostProfile:n
core.AzureDiskVolumeSource DiskName:s DataDiskURI=diskURI:s CachingMode:n FSType:n ReadOnly:n Kind:n
core.AzureFilePersistentVolumeSource SecretName:s ShareName:s ReadOnly:b SecretNamespace:n
core.AzureFileVolumeSource SecretName:s ShareName:s ReadOnly:b
core.CSIPersistentVolumeSource Driver:s VolumeHandle:s ReadOnly:b FSType:s VolumeAttributes:m ControllerPublishSecretRef:*core.SecretReference NodeStageSecretRef:*core.SecretReference NodePublishSecretRef:*core.SecretReference ControllerExpandSecretRef:*core.SecretReference NodeExpandSecretRef:*core.SecretReference
core.CSIVolumeSource Driver:s ReadOnly:n FSType:n VolumeAttributes:m NodePublishSecretRef:*core.LocalObjectReference
core.Capabilities Add:n Drop:n
core.CephFSPersistentVolumeSource Monitors:n Path:s User:s SecretFile:s SecretRef:*core.SecretReference ReadOnly:b
core.CephFSVolumeSource Monitors:n Path:s User:s SecretFile:s SecretRef:*core.LocalObjectReference ReadOnly:b
core.CinderPersistentVolumeSource VolumeID:s FSType:s ReadOnly:b SecretRef:*core.SecretReference
core.CinderVolumeSource VolumeID:s FSType:s ReadOnly:b SecretRef:*core.LocalObjectReference
core.ClientIPConfig TimeoutSeconds:n
core.ClusterTrustBundleProjection Name:n SignerName:n LabelSelector:*meta.LabelSelector Optional:n Path:s
core.ConfigMapEnvSource +core.LocalObjectReference Optional:n
core.ConfigMapKeySelector +core.LocalObjectReference Key:s Optional:n
core.ConfigMapNodeConfigSource Namespace:s Name:s UID:s ResourceVersion:s KubeletConfigKey:s
core.ConfigMapProjection +core.LocalObjectReference Items:[]core.KeyToPath Optional:n
core.ConfigMapVolumeSource +core.LocalObjectReference Items:[]core.KeyToPath DefaultMode:n Optional:n
core.Container Name:s Image:s Command:n Args:n WorkingDir:s Ports:[]core.ContainerPort EnvFrom:[]core.EnvFromSource Env:[]core.EnvVar Resources:core.ResourceRequirements ResizePolicy:[]core.ContainerResizePolicy RestartPolicy:n RestartPolicyRules:[]core.ContainerRestartRule VolumeMounts:[]core.VolumeMount VolumeDevices:[]core.VolumeDevice LivenessProbe:*core.Probe ReadinessProbe:*core.Probe StartupProbe:*core.Probe Lifecycle:*core.Lifecycle TerminationMessagePath:s TerminationMessagePolicy:s ImagePullPolicy:s SecurityContext:*core.SecurityContext Stdin:b StdinOnce:b TTY:b
core.ContainerPort Name:s HostPort:i ContainerPort:i Protocol:s HostIP:s
core.ContainerResizePolicy ResourceName:s RestartPolicy:s
core.ContainerRestartRule Action:s ExitCodes:*core.ContainerRestartRuleOnExitCodes
core.ContainerRestartRuleOnExitCodes Operator:s Values:n
core.ContainerState Waiting:*core.ContainerStateWaiting Running:*core.ContainerStateRunning Terminated:*core.ContainerStateTerminated
core.ContainerStateRunning StartedAt:t
core.ContainerStateTerminated ExitCode:i Signal:i Reason:s Message:s StartedAt:t FinishedAt:t ContainerID:s
core.ContainerStateWaiting Reason:s Message:s
core.DownwardAPIProjection Items:[]core.DownwardAPIVolumeFile
core.DownwardAPIVolumeFile Path:s FieldRef:*core.ObjectFieldSelector ResourceFieldRef:*core.ResourceFieldSelector Mode:n
core.DownwardAPIVolumeSource Items:[]core.DownwardAPIVolumeFile DefaultMode:n
core.EmptyDirVolumeSource Medium:s SizeLimit:n
core.EndpointAddress IP:s Hostname:s NodeName:n TargetRef:*core.ObjectReference
core.EndpointPort Name:s Port:i Protocol:s AppProtocol:n
core.EndpointSubset Addresses:[]core.EndpointAddress NotReadyAddresses:[]core.EndpointAddress Ports:[]core.EndpointPort
core.EnvFromSource Prefix:s ConfigMapRef:*core.ConfigMapEnvSource SecretRef:*core.SecretEnvSource
core.EnvVar Name:s Value:s ValueFrom:*core.EnvVarSource
core.EnvVarSource FieldRef:*core.ObjectFieldSelector ResourceFieldRef:*core.ResourceFieldSelector ConfigMapKeyRef:*core.ConfigMapKeySelector SecretKeyRef:*core.SecretKeySelector FileKeyRef:*core.FileKeySelector
core.EphemeralContainer +core.EphemeralContainerCommon TargetContainerName:s
core.EphemeralContainerCommon Name:s Image:s Command:n Args:n WorkingDir:s Ports:[]core.ContainerPort EnvFrom:[]core.EnvFromSource Env:[]core.EnvVar Resources:core.ResourceRequirements ResizePolicy:[]core.ContainerResizePolicy RestartPolicy:n RestartPolicyRules:[]core.ContainerRestartRule VolumeMounts:[]core.VolumeMount VolumeDevices:[]core.VolumeDevice LivenessProbe:*core.Probe ReadinessProbe:*core.Probe StartupProbe:*core.Probe Lifecycle:*core.Lifecycle TerminationMessagePath:s TerminationMessagePolicy:s ImagePullPolicy:s SecurityContext:*core.SecurityContext Stdin:b StdinOnce:b TTY:b
core.EphemeralVolumeSource VolumeClaimTemplate:*core.PersistentVolumeClaimTemplate
core.ExecAction Command:n
core.FCVolumeSource TargetWWNs:n Lun:n FSType:s ReadOnly:b WWIDs=wwids:n
core.FileKeySelector VolumeName:s Path:s Key:s Optional:n
core.FlexPersistentVolumeSource Driver:s FSType:s SecretRef:*core.SecretReference ReadOnly:b Options:m
core.FlexVolumeSource Driver:s FSType:s SecretRef:*core.LocalObjectReference ReadOnly:b Options:m
core.FlockerVolumeSource DatasetName:s DatasetUUID:s
core.GCEPersistentDiskVolumeSource PDName:s FSType:s Partition:i ReadOnly:b
core.GRPCAction Port:i Service:n
core.GitRepoVolumeSource Repository:s Revision:s Directory:s
core.GlusterfsPersistentVolumeSource EndpointsName=endpoints:s Path:s ReadOnly:b EndpointsNamespace:n
core.GlusterfsVolumeSource EndpointsName=endpoints:s Path:s ReadOnly:b
core.HTTPGetAction Path:s Port:i Host:s Scheme:s HTTPHeaders:[]core.HTTPHeader
core.HTTPHeader Name:s Value:s
core.HostAlias IP:s Hostnames:n
core.HostIP IP:s
core.HostPathVolumeSource Path:s Type:n
core.ISCSIPersistentVolumeSource TargetPortal:s IQN:s Lun:i ISCSIInterface:s FSType:s ReadOnly:b Portals:n DiscoveryCHAPAuth=chapAuthDiscovery:b SessionCHAPAuth=chapAuthSession:b SecretRef:*core.SecretReference InitiatorName:n
core.ISCSIVolumeSource TargetPortal:s IQN:s Lun:i ISCSIInterface:s FSType:s ReadOnly:b Portals:n DiscoveryCHAPAuth=chapAuthDiscovery:b SessionCHAPAuth=chapAuthSession:b SecretRef:*core.LocalObjectReference InitiatorName:n
core.ImageVolumeSource Reference:s PullPolicy:s
core.KeyToPath Key:s Path:s Mode:n
core.Lifecycle PostStart:*core.LifecycleHandler PreStop:*core.LifecycleHandler StopSignal:n
core.LifecycleHandler Exec:*core.ExecAction HTTPGet:*core.HTTPGetAction TCPSocket:*core.TCPSocketAction Sleep:*core.SleepAction
core.LimitRangeItem Type:s Max:m Min:m Default:m DefaultRequest:m MaxLimitRequestRatio:m
core.LoadBalancerIngress IP:s Hostname:s IPMode:n Ports:[]core.PortStatus
core.LocalObjectReference Name:s
core.LocalVolumeSource Path:s FSType:n
core.ModifyVolumeStatus TargetVolumeAttributesClassName:s Status:s
core.NFSVolumeSource Server:s Path:s ReadOnly:b
core.NodeAffinity RequiredDuringSchedulingIgnoredDuringExecution:*core.NodeSelector PreferredDuringSchedulingIgnoredDuringExecution:[]core.PreferredSchedulingTerm
core.NodeConfigSource ConfigMap:*core.ConfigMapNodeConfigSource
core.NodeSelector NodeSelectorTerms:[]core.NodeSelectorTerm
core.NodeSelectorRequirement Key:s Operator:s Values:n
core.NodeSelectorTerm MatchExpressions:[]core.NodeSelectorRequirement MatchFields:[]core.NodeSelectorRequirement
core.NodeSpec PodCIDRs:n ProviderID:s Unschedulable:b Taints:[]core.Taint ConfigSource:*core.NodeConfigSource DoNotUseExternalID:s
core.ObjectFieldSelector APIVersion:s FieldPath:s
core.ObjectReference Kind:s Namespace:s Name:s UID:s APIVersion:s ResourceVersion:s FieldPath:s
core.PersistentVolumeClaim +meta.ObjectMeta Spec:core.PersistentVolumeClaimSpec Status:core.PersistentVolumeClaimStatus
core.PersistentVolumeClaimCondition Type:s Status:s LastProbeTime:t LastTransitionTime:t Reason:s Message:s
core.PersistentVolumeClaimSpec AccessModes:n Selector:*meta.LabelSelector Resources:core.VolumeResourceRequirements VolumeName:s StorageClassName:n VolumeMode:n DataSource:*core.TypedLocalObjectReference DataSourceRef:*core.TypedObjectReference VolumeAttributesClassName:n
core.PersistentVolumeClaimStatus Phase:s AccessModes:n Capacity:m Conditions:[]core.PersistentVolumeClaimCondition AllocatedResources:m AllocatedResourceStatuses:m CurrentVolumeAttributesClassName:n ModifyVolumeStatus:*core.ModifyVolumeStatus
core.PersistentVolumeClaimTemplate +meta.ObjectMeta Spec:core.PersistentVolumeClaimSpec
core.PersistentVolumeClaimVolumeSource ClaimName:s ReadOnly:b
core.PersistentVolumeSource GCEPersistentDisk:*core.GCEPersistentDiskVolumeSource AWSElasticBlockStore:*core.AWSElasticBlockStoreVolumeSource HostPath:*core.HostPathVolumeSource Glusterfs:*core.GlusterfsPersistentVolumeSource NFS:*core.NFSVolumeSource RBD:*core.RBDPersistentVolumeSource Quobyte:*core.QuobyteVolumeSource ISCSI:*core.ISCSIPersistentVolumeSource FlexVolume:*core.FlexPersistentVolumeSource Cinder:*core.CinderPersistentVolumeSource CephFS:*core.CephFSPersistentVolumeSource FC:*core.FCVolumeSource Flocker:*core.FlockerVolumeSource AzureFile:*core.AzureFilePersistentVolumeSource VsphereVolume:*core.VsphereVirtualDiskVolumeSource AzureDisk:*core.AzureDiskVolumeSource PhotonPersistentDisk:*core.PhotonPersistentDiskVolumeSource PortworxVolume:*core.PortworxVolumeSource ScaleIO:*core.ScaleIOPersistentVolumeSource Local:*core.LocalVolumeSource StorageOS:*core.StorageOSPersistentVolumeSource CSI:*core.CSIPersistentVolumeSource
core.PersistentVolumeSpec Capacity:m +core.PersistentVolumeSource AccessModes:n ClaimRef:*core.ObjectReference PersistentVolumeReclaimPolicy:s StorageClassName:s MountOptions:n VolumeMode:n NodeAffinity:*core.VolumeNodeAffinity VolumeAttributesClassName:n
core.PhotonPersistentDiskVolumeSource PdID:s FSType:s
core.PodAffinity RequiredDuringSchedulingIgnoredDuringExecution:[]core.PodAffinityTerm PreferredDuringSchedulingIgnoredDuringExecution:[]core.WeightedPodAffinityTerm
core.PodAffinityTerm LabelSelector:*meta.LabelSelector Namespaces:n TopologyKey:s NamespaceSelector:*meta.LabelSelector MatchLabelKeys:n MismatchLabelKeys:n
core.PodAntiAffinity RequiredDuringSchedulingIgnoredDuringExecution:[]core.PodAffinityTerm PreferredDuringSchedulingIgnoredDuringExecution:[]core.WeightedPodAffinityTerm
core.PodCertificateProjection SignerName:s KeyType:s MaxExpirationSeconds:n CredentialBundlePath:s KeyPath:s CertificateChainPath:s UserAnnotations:m
core.PodCondition Type:s ObservedGeneration:i Status:s LastProbeTime:t LastTransitionTime:t Reason:s Message:s
core.PodDNSConfig Nameservers:n Searches:n Options:[]core.PodDNSConfigOption
core.PodDNSConfigOption Name:s Value:n
core.PodIP IP:s
core.PodOS Name:s
core.PodReadinessGate ConditionType:s
core.PodResourceClaim Name:s ResourceClaimName:n ResourceClaimTemplateName:n
core.PodSchedulingGate Name:s
core.PodSchedulingGroup PodGroupName:n
core.PodSecurityContext HostNetwork:b HostPID:b HostIPC:b ShareProcessNamespace:n HostUsers:n SELinuxOptions:*core.SELinuxOptions WindowsOptions:*core.WindowsSecurityContextOptions RunAsUser:n RunAsGroup:n RunAsNonRoot:n SupplementalGroups:n SupplementalGroupsPolicy:n FSGroup:n FSGroupChangePolicy:n Sysctls:[]core.Sysctl SeccompProfile:*core.SeccompProfile AppArmorProfile:*core.AppArmorProfile SELinuxChangePolicy:n
core.PodSpec Volumes:[]core.Volume InitContainers:[]core.Container Containers:[]core.Container EphemeralContainers:[]core.EphemeralContainer RestartPolicy:s TerminationGracePeriodSeconds:n ActiveDeadlineSeconds:n DNSPolicy:s NodeSelector:m ServiceAccountName:s AutomountServiceAccountToken:n NodeName:s SecurityContext:*core.PodSecurityContext ImagePullSecrets:[]core.LocalObjectReference Hostname:s Subdomain:s SetHostnameAsFQDN:n Affinity:*core.Affinity SchedulerName:s Tolerations:[]core.Toleration HostAliases:[]core.HostAlias PriorityClassName:s Priority:n PreemptionPolicy:n DNSConfig:*core.PodDNSConfig ReadinessGates:[]core.PodReadinessGate RuntimeClassName:n Overhead:m EnableServiceLinks:n TopologySpreadConstraints:[]core.TopologySpreadConstraint OS:*core.PodOS SchedulingGates:[]core.PodSchedulingGate ResourceClaims:[]core.PodResourceClaim Resources:*core.ResourceRequirements HostnameOverride:n SchedulingGroup:*core.PodSchedulingGroup
core.PodTemplateSpec +meta.ObjectMeta Spec:core.PodSpec
core.PortStatus Port:i Protocol:s Error:n
core.PortworxVolumeSource VolumeID:s FSType:s ReadOnly:b
core.PreferredSchedulingTerm Weight:i Preference:core.NodeSelectorTerm
core.Probe +core.ProbeHandler InitialDelaySeconds:i TimeoutSeconds:i PeriodSeconds:i SuccessThreshold:i FailureThreshold:i TerminationGracePeriodSeconds:n
core.ProbeHandler Exec:*core.ExecAction HTTPGet:*core.HTTPGetAction TCPSocket:*core.TCPSocketAction GRPC:*core.GRPCAction
core.ProjectedVolumeSource Sources:[]core.VolumeProjection DefaultMode:n
core.QuobyteVolumeSource Registry:s Volume:s ReadOnly:b User:s Group:s Tenant:s
core.RBDPersistentVolumeSource CephMonitors=monitors:n RBDImage=image:s FSType:s RBDPool=pool:s RadosUser=user:s Keyring:s SecretRef:*core.SecretReference ReadOnly:b
core.RBDVolumeSource CephMonitors=monitors:n RBDImage=image:s FSType:s RBDPool=pool:s RadosUser=user:s Keyring:s SecretRef:*core.LocalObjectReference ReadOnly:b
core.ReplicationControllerSpec Replicas:n MinReadySeconds:i Selector:m Template:*core.PodTemplateSpec
core.ResourceClaim Name:s Request:s
core.ResourceFieldSelector ContainerName:s Resource:s Divisor:q
core.ResourceQuotaSpec Hard:m Scopes:n ScopeSelector:*core.ScopeSelector
core.ResourceRequirements Limits:m Requests:m Claims:[]core.ResourceClaim
core.SELinuxOptions User:s Role:s Type:s Level:s
core.ScaleIOPersistentVolumeSource Gateway:s System:s SecretRef:*core.SecretReference SSLEnabled:b ProtectionDomain:s StoragePool:s StorageMode:s VolumeName:s FSType:s ReadOnly:b
core.ScaleIOVolumeSource Gateway:s System:s SecretRef:*core.LocalObjectReference SSLEnabled:b ProtectionDomain:s StoragePool:s StorageMode:s VolumeName:s FSType:s ReadOnly:b
core.ScopeSelector MatchExpressions:[]core.ScopedResourceSelectorRequirement
core.ScopedResourceSelectorRequirement ScopeName:s Operator:s Values:n
core.SeccompProfile Type:s LocalhostProfile:n
core.SecretEnvSource +core.LocalObjectReference Optional:n
core.SecretKeySelector +core.LocalObjectReference Key:s Optional:n
core.SecretProjection +core.LocalObjectReference Items:[]core.KeyToPath Optional:n
core.SecretReference Name:s Namespace:s
core.SecretVolumeSource SecretName:s Items:[]core.KeyToPath DefaultMode:n Optional:n
core.SecurityContext Capabilities:*core.Capabilities Privileged:n SELinuxOptions:*core.SELinuxOptions WindowsOptions:*core.WindowsSecurityContextOptions RunAsUser:n RunAsGroup:n RunAsNonRoot:n ReadOnlyRootFilesystem:n AllowPrivilegeEscalation:n ProcMount:n SeccompProfile:*core.SeccompProfile AppArmorProfile:*core.AppArmorProfile
core.ServiceAccountTokenProjection Audience:s ExpirationSeconds:i Path:s
core.ServicePort Name:s Protocol:s AppProtocol:n Port:i TargetPort:i NodePort:i
core.ServiceSpec Type:s Ports:[]core.ServicePort Selector:m ClusterIP:s ClusterIPs:n IPFamilies:n IPFamilyPolicy:n ExternalName:s ExternalIPs:n LoadBalancerIP:s SessionAffinity:s SessionAffinityConfig:*core.SessionAffinityConfig LoadBalancerSourceRanges:n ExternalTrafficPolicy:s HealthCheckNodePort:i PublishNotReadyAddresses:b AllocateLoadBalancerNodePorts:n LoadBalancerClass:n InternalTrafficPolicy:n TrafficDistribution:n
core.SessionAffinityConfig ClientIP:*core.ClientIPConfig
core.SleepAction Seconds:i
core.StorageOSPersistentVolumeSource VolumeName:s VolumeNamespace:s FSType:s ReadOnly:b SecretRef:*core.ObjectReference
core.StorageOSVolumeSource VolumeName:s VolumeNamespace:s FSType:s ReadOnly:b SecretRef:*core.LocalObjectReference
core.Sysctl Name:s Value:s
core.TCPSocketAction Port:i Host:s
core.Taint Key:s Value:s Effect:s TimeAdded:n
core.Toleration Key:s Operator:s Value:s Effect:s TolerationSeconds:n
core.TopologySpreadConstraint MaxSkew:i TopologyKey:s WhenUnsatisfiable:s LabelSelector:*meta.LabelSelector MinDomains:n NodeAffinityPolicy:n NodeTaintsPolicy:n MatchLabelKeys:n
core.TypedLocalObjectReference APIGroup:n Kind:s Name:s
core.TypedObjectReference APIGroup:n Kind:s Name:s Namespace:n
core.Volume Name:s +core.VolumeSource
core.VolumeDevice Name:s DevicePath:s
core.VolumeMount Name:s ReadOnly:b RecursiveReadOnly:n MountPath:s SubPath:s MountPropagation:n SubPathExpr:s
core.VolumeNodeAffinity Required:*core.NodeSelector
core.VolumeProjection Secret:*core.SecretProjection DownwardAPI:*core.DownwardAPIProjection ConfigMap:*core.ConfigMapProjection ServiceAccountToken:*core.ServiceAccountTokenProjection ClusterTrustBundle:*core.ClusterTrustBundleProjection PodCertificate:*core.PodCertificateProjection
core.VolumeResourceRequirements Limits:m Requests:m
core.VolumeSource HostPath:*core.HostPathVolumeSource EmptyDir:*core.EmptyDirVolumeSource GCEPersistentDisk:*core.GCEPersistentDiskVolumeSource AWSElasticBlockStore:*core.AWSElasticBlockStoreVolumeSource GitRepo:*core.GitRepoVolumeSource Secret:*core.SecretVolumeSource NFS:*core.NFSVolumeSource ISCSI:*core.ISCSIVolumeSource Glusterfs:*core.GlusterfsVolumeSource PersistentVolumeClaim:*core.PersistentVolumeClaimVolumeSource RBD:*core.RBDVolumeSource Quobyte:*core.QuobyteVolumeSource FlexVolume:*core.FlexVolumeSource Cinder:*core.CinderVolumeSource CephFS:*core.CephFSVolumeSource Flocker:*core.FlockerVolumeSource DownwardAPI:*core.DownwardAPIVolumeSource FC:*core.FCVolumeSource AzureFile:*core.AzureFileVolumeSource ConfigMap:*core.ConfigMapVolumeSource VsphereVolume:*core.VsphereVirtualDiskVolumeSource AzureDisk:*core.AzureDiskVolumeSource PhotonPersistentDisk:*core.PhotonPersistentDiskVolumeSource Projected:*core.ProjectedVolumeSource PortworxVolume:*core.PortworxVolumeSource ScaleIO:*core.ScaleIOVolumeSource StorageOS:*core.StorageOSVolumeSource CSI:*core.CSIVolumeSource Ephemeral:*core.EphemeralVolumeSource Image:*core.ImageVolumeSource
core.VsphereVirtualDiskVolumeSource VolumePath:s FSType:s StoragePolicyName:s StoragePolicyID:s
core.WeightedPodAffinityTerm Weight:i PodAffinityTerm:core.PodAffinityTerm
core.WindowsSecurityContextOptions GMSACredentialSpecName:n GMSACredentialSpec:n RunAsUserName:n HostProcess:n
discovery.Endpoint Addresses:n Conditions:discovery.EndpointConditions Hostname:n TargetRef:*core.ObjectReference DeprecatedTopology:m NodeName:n Zone:n Hints:*discovery.EndpointHints
discovery.EndpointConditions Ready:n Serving:n Terminating:n
discovery.EndpointHints ForZones:[]discovery.ForZone ForNodes:[]discovery.ForNode
discovery.EndpointPort Name:n Protocol:n Port:n AppProtocol:n
discovery.ForNode Name:s
discovery.ForZone Name:s
meta.FieldSelectorRequirement key:s operator:s ?values:n
meta.LabelSelector ?matchLabels:m ?matchExpressions:[]meta.LabelSelectorRequirement
meta.LabelSelectorRequirement key:s operator:s ?values:n
meta.ObjectMeta ?name:s ?generateName:s ?namespace:s ?selfLink:s ?uid:s ?resourceVersion:s ?generation:i ?creationTimestamp:t ?deletionTimestamp:n ?deletionGracePeriodSeconds:n ?labels:m ?annotations:m ?ownerReferences:[]meta.OwnerReference ?finalizers:n ?managedFields:n
meta.OwnerReference apiVersion:s kind:s name:s uid:s ?controller:n ?blockOwnerDeletion:n
networking.HTTPIngressPath Path:s PathType:n Backend:networking.IngressBackend
networking.HTTPIngressRuleValue Paths:[]networking.HTTPIngressPath
networking.IPAddressSpec ParentRef:*networking.ParentReference
networking.IPBlock CIDR:s Except:n
networking.IngressBackend Service:*networking.IngressServiceBackend Resource:*core.TypedLocalObjectReference
networking.IngressClassParametersReference APIGroup:n Kind:s Name:s Scope:n Namespace:n
networking.IngressClassSpec Controller:s Parameters:*networking.IngressClassParametersReference
networking.IngressRule Host:s +networking.IngressRuleValue
networking.IngressRuleValue HTTP:*networking.HTTPIngressRuleValue
networking.IngressServiceBackend Name:s Port:networking.ServiceBackendPort
networking.IngressSpec IngressClassName:n DefaultBackend:*networking.IngressBackend TLS:[]networking.IngressTLS Rules:[]networking.IngressRule
networking.IngressTLS Hosts:n SecretName:s
networking.NetworkPolicyEgressRule Ports:[]networking.NetworkPolicyPort To:[]networking.NetworkPolicyPeer
networking.NetworkPolicyIngressRule Ports:[]networking.NetworkPolicyPort From:[]networking.NetworkPolicyPeer
networking.NetworkPolicyPeer PodSelector:*meta.LabelSelector NamespaceSelector:*meta.LabelSelector IPBlock:*networking.IPBlock
networking.NetworkPolicyPort Protocol:n Port:n EndPort:n
networking.NetworkPolicySpec PodSelector:meta.LabelSelector Ingress:[]networking.NetworkPolicyIngressRule Egress:[]networking.NetworkPolicyEgressRule PolicyTypes:n
networking.ParentReference Group:s Resource:s Namespace:s Name:s
networking.ServiceBackendPort Name:s Number:i
networking.ServiceCIDRSpec CIDRs=cidrs:n
policy.PodDisruptionBudgetSpec MinAvailable:n Selector:*meta.LabelSelector MaxUnavailable:n UnhealthyPodEvictionPolicy:n
rbac.AggregationRule ClusterRoleSelectors:[]meta.LabelSelector
rbac.PolicyRule Verbs:n APIGroups:n Resources:n ResourceNames:n NonResourceURLs:n
rbac.RoleRef APIGroup:s Kind:s Name:s
rbac.Subject Kind:s APIGroup:s Name:s Namespace:s
`
