// Images that serve gRPC, made from a user's own functions: one a method, by path. Messages are bytes; how they are encoded is the
// program's business (protobuf, mostly). They speak HTTP/2 without TLS and nothing else, as a gRPC server does.

import { GRPC_IMAGE } from '../arguments/image-options.ts'
import { checkArguments } from '../arguments/signature.ts'
import { grpcHandler, type GrpcMethods } from '../grpc/index.ts'
import { serveHttp } from '../http/index.ts'
import { describeError } from './describe-error.ts'
import type { ContainerContext, Image } from './image.ts'
import { serverImage, type UserImageOptions } from './user-images.ts'

/** Called once a container. */
export type GrpcProgram = (context: ContainerContext) => GrpcMethods

export function grpcImage(name: string, program: GrpcProgram, options: UserImageOptions): Image {
  checkArguments('make an image', GRPC_IMAGE, [name, program, options])
  return serverImage(name, options, (context) => {
    const handler = grpcHandler(context.engine, program(context), (error) =>
      context.stderr(`${describeError(error)}\n`),
    )
    return serveHttp(context.network, options.port, handler, { http2: 'only', streams: true })
  })
}
