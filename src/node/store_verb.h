// `galend verify-store`: checks the data directory of a node that is stopped, and says what is
// wrong with it (docs/operations.md "Verifying a data directory"). Thread rule: one thread.
#pragma once

#include "node/config/check_config.h"
#include "node/config/config.h"
#include "node/exit_code.h"

namespace galen::node {

/// One line per finding and a summary on standard output, progress on standard error. kOk,
/// kDamaged, kDirectory when there is nothing to check.
[[nodiscard]] ExitCode verify_store(const NodeConfig& config, const NodeMaterial& material);

}  // namespace galen::node
