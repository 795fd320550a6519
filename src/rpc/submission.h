// Submitting transactions, one by one and over a stream. Nothing here waits for consensus: the
// backend answers later, and a stream that has much in flight reads no further until it has less.
// Thread rule: any thread.
#pragma once

#include "galen/v1/galen.pb.h"
#include "rpc/desk.h"

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

namespace galen::rpc {

/// The outcome as a client sees it. Details of results go to the submitter only, who is the caller.
void fill_response(const SubmitOutcome& outcome, v1::SubmitResponse& response);

/// Ledger.Submit: an error is the call's status.
[[nodiscard]] grpc::ServerUnaryReactor* submit_one(const DeskPtr& desk,
                                                   grpc::CallbackServerContext* context,
                                                   const v1::SubmitRequest& request,
                                                   v1::SubmitResponse& response);

/// Ledger.SubmitStream: an error of one transaction is in its answer; the stream goes on.
[[nodiscard]] grpc::ServerBidiReactor<v1::SubmitRequest, v1::SubmitResponse>* open_submit_stream(
    const DeskPtr& desk, grpc::CallbackServerContext* context);

}  // namespace galen::rpc
