// Status of nodes, transactions and blocks as views. Blocks are believed only with a certificate
// that verifies against the genesis file. Thread rule: one thread.
#pragma once

#include "client/session.h"
#include "galen/types.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace galen::client {

[[nodiscard]] Result<NodeStatus> node_status(Session& session);
[[nodiscard]] std::vector<NodeStatus> all_statuses(Session& session);
[[nodiscard]] Result<TransactionView> get_transaction(Session& session, const std::string& tx_id);
[[nodiscard]] Result<BlockView> get_block(Session& session, std::uint64_t height);
/// As Client::blocks().
[[nodiscard]] Result<std::vector<BlockView>> list_blocks(Session& session,
                                                         std::optional<std::uint64_t> from,
                                                         std::uint64_t count);

}  // namespace galen::client
