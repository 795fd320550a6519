// `galend healthcheck`: asks the running node of a configuration through the standard gRPC health
// service, with the node's own certificate. Thread rule: any thread.
#pragma once

#include "base/result.h"
#include "node/config/config.h"

#include <chrono>

namespace galen::node {

/// kUnavailable when nothing answers or it does not serve, kConfig when the files cannot be used.
[[nodiscard]] Status healthcheck(const NodeConfig& config, std::chrono::milliseconds deadline);

}  // namespace galen::node
