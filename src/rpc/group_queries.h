// Groups and projects, for every member: organisations as members are public. Thread rule: any
// thread.
#pragma once

#include "galen/v1/galen.pb.h"
#include "rpc/backend.h"
#include "rpc/callers.h"

namespace galen::rpc {

/// By id, in pages. kInvalidArgument, kUnavailable for the page token.
[[nodiscard]] Status list_groups(Backend& backend,
                                 const Caller& caller,
                                 const v1::ListGroupsRequest& request,
                                 v1::ListGroupsResponse& response);

}  // namespace galen::rpc
