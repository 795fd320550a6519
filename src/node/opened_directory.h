// What is looked at in a data directory before its node starts. Thread rule: none.
#pragma once

#include "base/result.h"
#include "node/config/check_config.h"
#include "storage/database.h"

namespace galen::node {

/// kFailedPrecondition while the bundle of a fail-stop lies there: the contradiction may be below
/// the head, where a node that started again would not see it (SAF-15). kIo.
[[nodiscard]] Status check_fail_stop(const storage::Database& database);

/// Without the key that is registered now the node works, but keeps no new records: whoever brings
/// one is told (rpc/payload_put.cpp).
void check_agreement_key(const storage::Database& database, const NodeMaterial& material);

}  // namespace galen::node
