#include "client/failure.h"

namespace galen::client {

namespace {

FailureKind kind_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return FailureKind::kUsage;
    case ErrorCode::kConfig:
    case ErrorCode::kWrongChain:
    case ErrorCode::kUnauthenticated: return FailureKind::kConfig;
    case ErrorCode::kNotFound:
    case ErrorCode::kPermissionDenied: return FailureKind::kNotFound;
    case ErrorCode::kFailedPrecondition:
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kExpired:
    case ErrorCode::kTooLarge: return FailureKind::kRejected;
    case ErrorCode::kUnavailable:
    case ErrorCode::kDeadlineExceeded:
    case ErrorCode::kResourceExhausted: return FailureKind::kUnavailable;
    case ErrorCode::kCorrupt: return FailureKind::kProof;
    case ErrorCode::kMalformed:
    case ErrorCode::kIo:
    case ErrorCode::kInternal: return FailureKind::kGeneral;
  }
  return FailureKind::kGeneral;
}

std::string remedy_of(FailureKind kind) {
  switch (kind) {
    case FailureKind::kConfig: return "correct the profile or the file it names";
    case FailureKind::kNotFound: return "check the id, and whether you may see it";
    case FailureKind::kUnavailable: return "see 'galen status --all', then try again";
    case FailureKind::kProof: return "do not trust what was received";
    case FailureKind::kUsage: return "see --help";
    case FailureKind::kRejected: return "nothing was changed; correct the request";
    case FailureKind::kGeneral: return "";
  }
  return "";
}

}  // namespace

Failure to_failure(const Error& error, const std::string& where) {
  const FailureKind kind = kind_of(error.code);
  std::string what =
      error.message.empty() ? std::string(error_code_name(error.code)) : error.message;
  return Failure{kind, std::move(what), where, remedy_of(kind)};
}

Failure usage_failure(const std::string& what, const std::string& remedy) {
  return Failure{FailureKind::kUsage, what, "", remedy};
}

}  // namespace galen::client
