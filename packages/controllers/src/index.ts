// @podwire/controllers: kube-controller-manager (manager/, one folder a controller) and kube-scheduler (scheduler/). Each
// controller is a pure `reconcile` and a thin `controller` around it; they meet the rest only through the API server. Load balancers
// are add-ons: metallb/ and cloudprovider/.

export {
  type ControllerManagerOptions,
  runsController,
  runsScheduler,
  startControllerManager,
} from './manager/controller-manager.ts'
export type { RunningController } from './manager/controller.ts'
export type { ManagerSettings } from './manager/settings.ts'
export { publishKubernetesService } from './kubernetesservice/publisher.ts'
export { type SchedulerOptions, startScheduler } from './scheduler/controller.ts'
// What a kubelet asks of a pod too, by the same rules.
export { isTolerated, nodeIsSelected } from './scheduler/node-rules.ts'
export { type Amounts, amountsOf, podRequests } from './scheduler/requests.ts'
export {
  Memberlist,
  type MetalLbControllerOptions,
  type MetalLbRelease,
  releaseOf,
  type Speaker,
  type SpeakerNetwork,
  type SpeakerOptions,
  startMetalLbController,
  startSpeaker,
} from './metallb/index.ts'
export {
  CloudError,
  type CloudLoadBalancers,
  type LoadBalancerIngress,
  type ServiceControllerOptions,
  startServiceController,
} from './cloudprovider/index.ts'
