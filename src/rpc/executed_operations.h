// What a committed block did, as past decisions are made again with (modules/audit/replay.h).
// Thread rule: a pure function over a reader; any thread.
#pragma once

#include "modules/audit/block_order.h"
#include "rpc/backend.h"

#include <vector>

namespace galen::rpc {

/// The operations of the transactions that succeeded, in their order, without those whose body or
/// result is erased. Nothing of a block that is not kept or cannot be read.
[[nodiscard]] std::vector<audit::ExecutedOperation> executed_operations(const LedgerReader& reader,
                                                                        Height height);

}  // namespace galen::rpc
