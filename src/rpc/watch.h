// Ledger.Watch: what is committed, from a cursor on, to one reader. A reader that does not read is
// ended and goes on with its cursor; so is one whose organisation is suspended, whose certificate
// or request has expired (IDC-3). Thread rule: any thread.
#pragma once

#include "galen/v1/galen.pb.h"
#include "rpc/desk.h"

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

namespace galen::rpc {

[[nodiscard]] grpc::ServerWriteReactor<v1::WatchEvent>* open_watch(
    const DeskPtr& desk, grpc::CallbackServerContext* context, const v1::WatchRequest& request);

}  // namespace galen::rpc
