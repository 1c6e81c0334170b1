// @podwire/controllers: kube-controller-manager (manager/, one folder a controller) and kube-scheduler (scheduler/). Each
// controller is a pure `reconcile` and a thin `controller` around it; they meet the rest only through the API server.

export { type ControllerManagerOptions, runsScheduler, startControllerManager } from './manager/controller-manager.ts'
export type { RunningController } from './manager/controller.ts'
export type { ManagerSettings } from './manager/settings.ts'
export { publishKubernetesService } from './kubernetesservice/publisher.ts'
export { type SchedulerOptions, startScheduler } from './scheduler/controller.ts'
