// A unary call and the reading of ids; for node_api.cpp and node_queries.cpp only, because it
// includes gRPC. Thread rule: functions from any thread.
#pragma once

#include "client/grpc_answers.h"

#include <string>
#include <string_view>

namespace galen::client {

inline constexpr std::uint32_t kPageSize = 500;

inline std::string text(BytesView bytes) {
  return to_string(bytes);
}

template <class T>
Result<T> fixed(const std::string& bytes, std::string_view what) {
  if (bytes.size() == T::kSize) return T::from(as_bytes(bytes));
  return fail(ErrorCode::kMalformed, std::string(what) + " in the node's answer: wrong size");
}

template <class Stub, class Method, class Request, class Response>
Status unary(
    Stub& stub, Method method, const Request& request, Response& response, Deadline deadline) {
  grpc::ClientContext context;
  context.set_deadline(deadline);
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) return tl::unexpected(to_error(status, context));
  return {};
}

}  // namespace galen::client
