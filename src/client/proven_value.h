// A proven state value in one readable line. Thread rule: functions from any thread.
#pragma once

#include "base/bytes.h"
#include "ledger/genesis.h"
#include "ledger/state_key.h"

#include <string>

namespace galen::client {

/// E.g. "active permit to hospital-2 for TREAT until 2027-...". A value that does not decode is
/// given in hexadecimal.
[[nodiscard]] std::string describe_value(const ledger::StateKey& key,
                                         BytesView value,
                                         const ledger::Genesis& genesis);

}  // namespace galen::client
