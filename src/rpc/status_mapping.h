// The one place where the ledger's error codes become gRPC codes (STYLE.md, Errors; docs/api.md).
// Thread rule: functions from any thread.
#pragma once

#include "base/result.h"

#include <grpcpp/support/status.h>

namespace grpc {
class CallbackServerContext;
}  // namespace grpc

namespace galen::rpc {

/// Trailing metadata that carries the stable number of the ErrorCode.
inline constexpr const char* kErrorMetadata = "galen-error";

[[nodiscard]] grpc::StatusCode status_code(ErrorCode code);

/// Code and message for a caller.
[[nodiscard]] grpc::Status to_status(const Error& error);

/// The same, and the code's number in the call's trailing metadata. Before Finish, once per call.
[[nodiscard]] grpc::Status to_status(const Error& error, grpc::CallbackServerContext& context);

}  // namespace galen::rpc
