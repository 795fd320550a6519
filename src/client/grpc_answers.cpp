#include "client/grpc_answers.h"

#include <charconv>
#include <string>
#include <string_view>

namespace galen::client {

namespace {

constexpr const char* kErrorMetadata = "galen-error";
constexpr std::uint32_t kLastErrorCode = static_cast<std::uint32_t>(ErrorCode::kInternal);

ErrorCode from_grpc(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::OUT_OF_RANGE: return ErrorCode::kInvalidArgument;
    case grpc::StatusCode::NOT_FOUND: return ErrorCode::kNotFound;
    case grpc::StatusCode::ALREADY_EXISTS: return ErrorCode::kAlreadyExists;
    case grpc::StatusCode::UNAUTHENTICATED: return ErrorCode::kUnauthenticated;
    case grpc::StatusCode::PERMISSION_DENIED: return ErrorCode::kPermissionDenied;
    case grpc::StatusCode::FAILED_PRECONDITION:
    case grpc::StatusCode::ABORTED: return ErrorCode::kFailedPrecondition;
    case grpc::StatusCode::RESOURCE_EXHAUSTED: return ErrorCode::kResourceExhausted;
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::CANCELLED: return ErrorCode::kUnavailable;
    case grpc::StatusCode::DEADLINE_EXCEEDED: return ErrorCode::kDeadlineExceeded;
    default: return ErrorCode::kInternal;
  }
}

ErrorCode known_code(std::uint32_t number, ErrorCode otherwise) {
  if (number == 0 || number > kLastErrorCode) return otherwise;
  return static_cast<ErrorCode>(number);
}

// gRPC chains several messages; the last one says why.
std::string short_message(const std::string& message) {
  constexpr std::string_view kStart = "failed to connect to all addresses";
  if (message.compare(0, kStart.size(), kStart) != 0) return message;
  const auto colon = message.rfind(": ");
  if (colon == std::string::npos) return kCannotConnect;
  return std::string(kCannotConnect) + ": " + message.substr(colon + 2);
}

}  // namespace

Error to_error(const grpc::Status& status, const grpc::ClientContext& context) {
  Error error{from_grpc(status.error_code()), short_message(status.error_message())};
  const auto& trailing = context.GetServerTrailingMetadata();
  const auto found = trailing.find(kErrorMetadata);
  if (found == trailing.end()) return error;
  std::uint32_t number = 0;
  const char* begin = found->second.data();
  std::from_chars(begin, begin + found->second.size(), number);
  error.code = known_code(number, error.code);
  return error;
}

Result<SubmitAnswer> to_answer(const v1::SubmitResponse& message) {
  SubmitAnswer answer;
  answer.id = message.id();
  const BytesView id = as_bytes(message.tx_id());
  if (id.size() == TxId::kSize) answer.transaction = TxId::from(id);
  if (message.error() != 0) {
    answer.error = Error{known_code(message.error(), ErrorCode::kInternal), message.message()};
    return answer;
  }
  answer.committed = message.committed();
  if (!answer.committed) return answer;
  answer.height = Height{message.height()};
  if (message.block_hash().size() != BlockHash::kSize) {
    return fail(ErrorCode::kMalformed, "the node's answer has no block hash");
  }
  answer.block = BlockHash::from(as_bytes(message.block_hash()));
  GALEN_TRY(answer.receipt, ledger::decode_receipt(as_bytes(message.receipt())));
  for (const auto& result : message.results()) {
    answer.results.push_back(
        {static_cast<ledger::ResultCode>(result.code()), to_bytes(result.detail())});
  }
  return answer;
}

}  // namespace galen::client
