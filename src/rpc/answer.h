// A unary call: identify the caller, run a query over committed state, answer. Queries are plain
// functions `Status query(Backend&, const Caller&, const Request&, Response&)`, tested without
// gRPC. Thread rule: any thread.
#pragma once

#include "galen/v1/galen.pb.h"
#include "rpc/desk.h"
#include "rpc/even_answer.h"
#include "rpc/status_mapping.h"

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <exception>

namespace galen::rpc {

template <class Request, class Response>
using Query = Status (*)(Backend&, const Caller&, const Request&, Response&);

template <class Request, class Response>
[[nodiscard]] Status run_query(Desk& desk,
                               const grpc::CallbackServerContext& context,
                               Query<Request, Response> query,
                               const Request& request,
                               Response& response,
                               CallerCounts* refused = nullptr) {
  if (desk.stopping) return fail(ErrorCode::kUnavailable, "the node is stopping");
  GALEN_TRY(const Caller caller, desk.callers.identify(*context.auth_context()));
  try {
    Status status = query(desk.backend, caller, request, response);
    const bool refuses = !status && tells_of_somebody(status.error().code);
    if (refuses && refused != nullptr) refused->count(caller.organisation);
    return status;
  } catch (const std::exception&) {  // out of memory, or a library's own
    return fail(ErrorCode::kInternal, "internal failure");
  }
}

template <class Request, class Response>
grpc::ServerUnaryReactor* answer(const DeskPtr& desk,
                                 grpc::CallbackServerContext* context,
                                 Query<Request, Response> query,
                                 const Request* request,
                                 Response* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const Status status = run_query(*desk, *context, query, *request, *response);
  reactor->Finish(status ? grpc::Status::OK : to_status(status.error(), *context));
  return reactor;
}

/// An empty list is what a patient without anything gets, or one that nobody knows.
template <class Response>
[[nodiscard]] bool shows_nothing(const Response& /*response*/) {
  return false;
}

[[nodiscard]] inline bool shows_nothing(const v1::ListRecordsResponse& response) {
  return response.entries().empty();
}

/// As answer(), for what is about a patient: refusals and "nothing" leave at a fixed slot.
template <class Request, class Response>
grpc::ServerUnaryReactor* answer_evenly(const DeskPtr& desk,
                                        grpc::CallbackServerContext* context,
                                        Query<Request, Response> query,
                                        const Request* request,
                                        Response* response) {
  const auto arrived = ArrivalClock::now();
  const Status status =
      run_query(*desk, *context, query, *request, *response, &desk->refused_queries);
  const auto told = status ? grpc::Status::OK : to_status(status.error(), *context);
  const bool waits = status ? shows_nothing(*response) : tells_of_somebody(status.error().code);
  if (waits) return new EvenAnswer<grpc::ServerUnaryReactor>(arrived, told);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(told);
  return reactor;
}

}  // namespace galen::rpc
