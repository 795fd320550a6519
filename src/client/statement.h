// Access statements: assembled from a node's answers, verified, put into words. A statement is believed
// because it verifies, whichever node it comes from. Thread rule: functions from any thread, but for
// get_statement.
#pragma once

#include "client/session.h"
#include "galen/audit.h"

namespace galen::client {

/// kInvalidArgument for a range that cannot be; kNotFound; kCorrupt when a node's answer does not
/// verify, is of another log, or, from another organisation's node, of an older block than a further
/// node proves.
[[nodiscard]] Result<StatementFile> get_statement(Session& session,
                                                  const StatementOptions& options);

/// A statement as stored in a file. kCorrupt for any changed byte, and for another chain.
[[nodiscard]] Result<StatementReport> verify_statement_bytes(BytesView bytes,
                                                             const ledger::Genesis& genesis);

/// The range that the options mean. kInvalidArgument.
[[nodiscard]] Result<audit::StatementRange> statement_range(const StatementOptions& options,
                                                            TimeMs now);

}  // namespace galen::client
