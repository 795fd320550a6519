// The end of a node whose ledger certified history contradicts (SAF-15): what it leaves, and that
// it does not start over it. Thread rule: any thread.
#pragma once

#include "base/result.h"
#include "ledger/fail_stop.h"
#include "storage/database.h"

#include <string>

namespace galen::node {

/// Writes the bundle, synced. The reason for the log, with the place of the bundle, or why there is
/// none.
[[nodiscard]] std::string leave_fail_stop(const storage::Database& database,
                                          const ledger::FailStopBundle& bundle);

/// kFailedPrecondition while a bundle lies in the data directory: the contradiction may be below
/// the head, where a node that started again would not see it. kIo.
[[nodiscard]] Status check_fail_stop(const storage::Database& database);

}  // namespace galen::node
