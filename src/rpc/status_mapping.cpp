#include "rpc/status_mapping.h"

#include <grpcpp/server_context.h>

#include <string>

namespace galen::rpc {

grpc::StatusCode status_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kMalformed:
    case ErrorCode::kTooLarge:
    case ErrorCode::kWrongChain: return grpc::StatusCode::INVALID_ARGUMENT;
    case ErrorCode::kNotFound: return grpc::StatusCode::NOT_FOUND;
    case ErrorCode::kAlreadyExists: return grpc::StatusCode::ALREADY_EXISTS;
    case ErrorCode::kUnauthenticated: return grpc::StatusCode::UNAUTHENTICATED;
    case ErrorCode::kPermissionDenied: return grpc::StatusCode::PERMISSION_DENIED;
    case ErrorCode::kFailedPrecondition:
    case ErrorCode::kExpired: return grpc::StatusCode::FAILED_PRECONDITION;
    case ErrorCode::kResourceExhausted: return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case ErrorCode::kUnavailable: return grpc::StatusCode::UNAVAILABLE;
    case ErrorCode::kDeadlineExceeded: return grpc::StatusCode::DEADLINE_EXCEEDED;
    case ErrorCode::kCorrupt: return grpc::StatusCode::DATA_LOSS;
    case ErrorCode::kIo:
    case ErrorCode::kConfig:
    case ErrorCode::kInternal: return grpc::StatusCode::INTERNAL;
  }
  return grpc::StatusCode::INTERNAL;
}

grpc::Status to_status(const Error& error) {
  return {status_code(error.code), error.message};
}

grpc::Status to_status(const Error& error, grpc::CallbackServerContext& context) {
  context.AddTrailingMetadata(kErrorMetadata, std::to_string(static_cast<unsigned>(error.code)));
  return to_status(error);
}

}  // namespace galen::rpc
