// Status of nodes, transactions and blocks as views. Blocks are believed only with a certificate
// that verifies against the genesis file. Thread rule: one thread.
#pragma once

#include "client/session.h"
#include "galen/types.h"

namespace galen::client {

[[nodiscard]] Result<NodeStatus> node_status(Session& session);
[[nodiscard]] std::vector<NodeStatus> all_statuses(Session& session);
[[nodiscard]] Result<TransactionView> get_transaction(Session& session, const std::string& tx_id);
[[nodiscard]] Result<BlockView> get_block(Session& session, std::uint64_t height);

}  // namespace galen::client
