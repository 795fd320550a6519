// gRPC statuses and messages -> values; for node_api*.cpp and submit_stream.cpp only, because it
// includes gRPC and the generated code. Thread rule: functions from any thread.
#pragma once

#include "base/result.h"
#include "client/node_api.h"
#include "galen/v1/galen.pb.h"

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

namespace galen::client {

/// The node's ErrorCode from trailing metadata, else one that fits the gRPC code.
[[nodiscard]] Error to_error(const grpc::Status& status, const grpc::ClientContext& context);

/// kMalformed when the node's answer does not decode.
[[nodiscard]] Result<SubmitAnswer> to_answer(const v1::SubmitResponse& message);

}  // namespace galen::client
