// Whether the node holds the agreement key that the ledger has of its organisation. Thread rule:
// none.
#pragma once

#include "node/config/check_config.h"
#include "storage/database.h"

namespace galen::node {

/// Without the key that is registered now the node works, but keeps no new records: the log says
/// so, and whoever brings one is told (rpc/payload_put.cpp).
void check_agreement_key(const storage::Database& database, const NodeMaterial& material);

}  // namespace galen::node
