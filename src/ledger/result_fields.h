// Which field of a rejected operation is at fault (docs/results.md has the same table for people).
// Thread rule: pure functions.
#pragma once

#include "ledger/codes.h"
#include "ledger/receipt.h"

#include <string>
#include <string_view>

namespace galen::ledger {

/// Names as in the declarations of the operations, several of them with commas between. Empty where
/// no field is to blame: the state of the ledger is what refused it, or the code says it all.
[[nodiscard]] std::string_view field_at_fault(OperationType type, ResultCode code);

/// "invalid-window, field valid_from, valid_to".
[[nodiscard]] std::string describe(OperationType type, ResultCode code);

}  // namespace galen::ledger
