// The two streams of the Payload service. Put: from the node's own organisation only, sizes and
// address checked while it streams. Get: against the release gate, once before the first byte and
// before every chunk; refusals look alike and leave at a fixed slot (PRIVACY.md 21-24, 28). Thread
// rule: any thread.
#pragma once

#include "galen/v1/galen.pb.h"
#include "rpc/desk.h"

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

namespace galen::rpc {

[[nodiscard]] grpc::ServerReadReactor<v1::PutRequest>* receive_payload(
    const DeskPtr& desk, grpc::CallbackServerContext* context, v1::PutResponse* response);

[[nodiscard]] grpc::ServerWriteReactor<v1::GetPayloadResponse>* release_payload(
    const DeskPtr& desk,
    grpc::CallbackServerContext* context,
    const v1::GetPayloadRequest& request);

}  // namespace galen::rpc
